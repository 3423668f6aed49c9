#pragma once
// Text inside XML and SVG.
#include <string>
#include <string_view>

namespace polyclinic {

// Appends `text` with &, < and > as entities; `quotes`: " as well.
void append_xml_escaped(std::string& out, std::string_view text, bool quotes = false);
std::string xml_escaped(std::string_view text, bool quotes = false);

}  // namespace polyclinic
