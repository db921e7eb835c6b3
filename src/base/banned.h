/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Force-included into every file of ours: the C library's traps become compile errors.
 * What to use instead stands beside each.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A use becomes a call of a function that does not exist; its name says why. */
#define BANNED_(name) use_of_##name##_is_banned_see_base_banned_h

/* instead: buf_printf, pool_printf, str_cut */
#undef strcpy
#define strcpy(...) BANNED_(strcpy)
#undef strcat
#define strcat(...) BANNED_(strcat)
#undef sprintf
#define sprintf(...) BANNED_(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED_(vsprintf)
#undef strtok
#define strtok(...) BANNED_(strtok)

/* instead: pool_strndup, buf_add */
#undef strncpy
#define strncpy(...) BANNED_(strncpy)
#undef strncat
#define strncat(...) BANNED_(strncat)

/* instead: str_to_i64, str_to_double */
#undef atoi
#define atoi(...) BANNED_(atoi)
#undef atol
#define atol(...) BANNED_(atol)
#undef atoll
#define atoll(...) BANNED_(atoll)
#undef atof
#define atof(...) BANNED_(atof)

/* instead: wall_format, civil_from_days */
#undef localtime
#define localtime(...) BANNED_(localtime)
#undef gmtime
#define gmtime(...) BANNED_(gmtime)
#undef ctime
#define ctime(...) BANNED_(ctime)
#undef asctime
#define asctime(...) BANNED_(asctime)

#endif
