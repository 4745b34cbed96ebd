/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of libc that are banned: a use is a compile error. Force-included by the build. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gmtime localtime ctime asctime atoi atol
