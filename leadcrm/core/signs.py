"""Signs that text of strangers may hold and that nobody is meant to read."""

import re

# Control characters that are no line breaks; marks that turn the direction of text; spaces without width; tags;
# halves of surrogate pairs, which PostgreSQL cannot store.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
