#include "config/yaml_pyyaml.h"

#include <algorithm>

#include "config/unicode.h"

namespace polyclinic {
namespace {

bool is_printable(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c <= '~') || c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// `%NAME ...`, then `---`; no lone `...`.
std::optional<YamlFault> fault_of_head(std::string_view text) {
  bool directive = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const std::size_t first = line.find_first_not_of(" \r");
    if (first == std::string_view::npos || line[first] == '#') {
      at = end + 1;
      continue;
    }
    if (line[0] == '%') {
      const auto name_end =
          static_cast<std::size_t>(std::find_if_not(line.begin() + 1, line.end(), is_name) - line.begin());
      if (name_end == 1 || (name_end < line.size() && line[name_end] != ' ')) {
        return YamlFault{at, "a line that begins with % is a directive", "quote the text"};
      }
      directive = true;
      at = end + 1;
      continue;
    }
    const std::string_view mark = line.substr(0, 3);
    if (mark == "...") return YamlFault{at, "a document ends here that never began", "remove the ..."};
    if (directive && mark != "---")
      return YamlFault{at, "a directive is followed by ---", "write --- before the document"};
    return std::nullopt;
  }
  return std::nullopt;
}

// Where the quoted text that opens at `at` ends (behind its quote); npos when it does not.
std::size_t end_of_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || text.substr(i + 1, 1) != "'") return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

bool tab_after(std::string_view text, std::size_t end) {
  end = text.find_first_not_of(' ', end);
  return end != std::string_view::npos && text[end] == '\t';
}

bool tab_before(std::string_view text, std::size_t at) {
  while (at > 0 && text[at - 1] == ' ') --at;
  return at > 0 && text[at - 1] == '\t';
}

}  // namespace

std::string with_plain_line_breaks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool lone = text[i] == '\r' && text.substr(i + 1, 1) != "\n";
    const bool next_line = text.substr(i, 2) == "\xC2\x85";
    out += lone || next_line ? '\n' : text[i];
    if (next_line) ++i;
  }
  return out;
}

std::optional<YamlFault> fault_of_text(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; });
  if (!ascii) {
    const std::u32string points = code_points(text);
    const auto bad = std::find_if_not(points.begin(), points.end(), is_printable);
    if (bad != points.end()) {
      const std::string number = std::to_string(static_cast<unsigned long>(*bad));
      const char one[] = {static_cast<char>(*bad), 0};
      const std::size_t at = *bad < 0x80 ? text.find(one[0]) : 0;
      return YamlFault{at, "the character of code " + number + " cannot stand in YAML",
                       "write it as an escape in double quotes"};
    }
  }
  return fault_of_head(text);
}

std::optional<YamlFault> fault_of_scalar(std::string_view text, std::size_t at, bool plain, std::string_view value) {
  const bool quoted = !plain && at < text.size() && (text[at] == '"' || text[at] == '\'');
  if (!plain && !quoted) return std::nullopt;
  if (plain && value.find('\t') != std::string_view::npos) {
    return YamlFault{at, "a tab in a plain value", "quote the value"};
  }
  if (tab_before(text, at)) return YamlFault{at, "a tab before a value", "use blanks"};
  std::size_t end = std::string_view::npos;
  if (quoted) {
    end = end_of_quote(text, at);
    if (end == std::string_view::npos) return YamlFault{at, "the quote is not closed", "close it"};
  } else if (!value.empty() && text.substr(std::min(at, text.size()), value.size()) == value) {
    end = at + value.size();
  }
  if (end != std::string_view::npos && tab_after(text, end)) return YamlFault{end, "a tab after a value", "use blanks"};
  return std::nullopt;
}

bool lacks_colon(std::string_view text, std::size_t at, std::string_view key) {
  if (key.empty() || text.substr(std::min(at, text.size()), key.size()) != key) return false;
  const std::size_t next = text.find_first_not_of(' ', at + key.size());
  const bool colon = next != std::string_view::npos && text[next] == ':';
  const std::size_t before = at == 0 ? std::string_view::npos : text.find_last_not_of(' ', at - 1);
  const bool asked = before != std::string_view::npos && text[before] == '?';
  return !colon && !asked &&
         (next == std::string_view::npos || text[next] == '\n' || text[next] == '\r' || text[next] == '#');
}

std::string with_whole_characters(std::string_view value) {
  std::string out;
  std::size_t follow = 0;  // bytes that the character before still takes
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (follow > 0) {
      --follow;
    } else if (byte >> 6 == 2) {
      out += '\xC2';
    } else {
      follow = byte >> 5 == 6 ? 1 : byte >> 4 == 14 ? 2 : byte >> 3 == 30 ? 3 : 0;
    }
    out += c;
  }
  return out;
}

}  // namespace polyclinic
