# SPDX-License-Identifier: Apache-2.0
# On Debian libltdl has neither a pkg-config file nor a CMake package.
find_path(LTDL_INCLUDE_DIR ltdl.h)
find_library(LTDL_LIBRARY ltdl)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LTDL DEFAULT_MSG LTDL_LIBRARY LTDL_INCLUDE_DIR)
if(LTDL_FOUND AND NOT TARGET LTDL::LTDL)
	add_library(LTDL::LTDL UNKNOWN IMPORTED)
	set_target_properties(LTDL::LTDL PROPERTIES
		IMPORTED_LOCATION "${LTDL_LIBRARY}"
		INTERFACE_INCLUDE_DIRECTORIES "${LTDL_INCLUDE_DIR}")
endif()
