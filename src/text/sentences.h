#pragma once
// Sentence boundaries of clinical notes, by rules. Used to cut windows of long documents, never to make labels: a wrong
// boundary costs context, not correctness.
#include <cstddef>
#include <string_view>
#include <vector>

#include "text/pattern.h"

namespace polyclinic {

// Byte ranges that cover the text without gaps or overlaps; each begins with a character that is no white space (the
// first one may begin with some) and takes the white space after it along. Empty text: none. A sentence begins
// - after a blank line,
// - at a line that is a list item ("- ", "* ", "• ", "1. ", "2) ") or begins with a section header ("Allergies: "),
// - after a line that ends in a colon,
// - after . ! ? (with closing quotes and brackets) and white space, before a capital, a digit, an opening bracket or a
//   character outside ASCII; not after a title ("Dr."), a dose abbreviation ("q.d.", on the same line), an initial
//   ("J. Smith") or the number of a list item. Decimal numbers have no white space after the point.
std::vector<ByteRange> sentences(std::string_view text);

// Where they begin: what src/data's windows take.
std::vector<std::size_t> sentence_begins(std::string_view text);

}  // namespace polyclinic
