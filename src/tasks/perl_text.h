#pragma once
// How Perl reads numbers and fields, so that scores carry the digits of the official Perl scripts.
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// The number that Perl sees in a text: its longest numeric beginning after blanks, 0 when there is none ("12ab" is 12,
// "x" is 0, "inf" and "nan" are themselves). Whole numbers of 64 bits stay exact, as Perl's do; others are doubles.
long double perl_number(std::string_view text);

// split(/separator/, text): empty fields at the end are dropped, those before are kept; no field for an empty text.
std::vector<std::string_view> perl_split(std::string_view text, std::string_view separator);
void perl_split(std::string_view text, std::string_view separator, std::vector<std::string_view>& fields);

// my ($a, $b, ...) = split(...): Perl then sets a limit, and empty fields at the end stay.
void perl_split_to_scalars(std::string_view text, std::string_view separator, std::vector<std::string_view>& fields);

// lc() of bytes: ASCII letters only.
std::string ascii_lower(std::string_view text);

}  // namespace polyclinic
