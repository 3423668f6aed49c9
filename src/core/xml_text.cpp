#include "core/xml_text.h"

namespace polyclinic {

void append_xml_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && quotes) {
      out += "&quot;";
    } else {
      out += c;
    }
  }
}

std::string xml_escaped(std::string_view text, bool quotes) {
  std::string out;
  append_xml_escaped(out, text, quotes);
  return out;
}

}  // namespace polyclinic
