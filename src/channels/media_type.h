/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file from outside really is, by its first bytes: what its sender says of it is not to be
 * trusted. Types that a browser would run (HTML, SVG) and programs are not taken, whatever they are
 * called.
 */
#ifndef CHANNELS_MEDIA_TYPE_H
#define CHANNELS_MEDIA_TYPE_H

#include "base/str.h"

/*
 * The media type of a file that is taken, a static text: pictures, films, sounds, PDF, contact
 * cards, calendars, plain text. NULL for all else. `declared` only tells plain text from what is
 * none. Any thread.
 */
const char *media_type_of(struct str bytes, struct str declared);

/* The usual ending of a file of that type, with its dot; "" when it has none. */
const char *media_ending(struct str type);

#endif
