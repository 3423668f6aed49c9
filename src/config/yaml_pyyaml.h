#pragma once
// What yaml-cpp lets pass and PyYAML refuses, and what it reads otherwise: looked up in the text itself.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace polyclinic {

struct YamlFault {
  std::size_t at;  // byte of the text
  std::string what;
  std::string mend;
};

// The text with the line breaks of YAML 1.1 that yaml-cpp does not know (a lone CR, NEL) as \n.
std::string with_plain_line_breaks(std::string_view text);

// Characters and directives that no document may hold.
std::optional<YamlFault> fault_of_text(std::string_view text);

// Around a scalar whose value is `value` and that begins at `at`: tabs between tokens, a quote that is never closed.
std::optional<YamlFault> fault_of_scalar(std::string_view text, std::size_t at, bool plain, std::string_view value);

// A plain key of a block mapping that begins at `at` and that no colon follows.
bool lacks_colon(std::string_view text, std::size_t at, std::string_view key);

// yaml-cpp writes \N and \_ of a double-quoted text as single bytes.
std::string with_whole_characters(std::string_view value);

}  // namespace polyclinic
