#pragma once
#include <string>
#include <string_view>

namespace polyclinic {

// The text on one line: control characters and DEL become "\n", "\r", "\t" or "\x00" and the like, so that what a file
// holds can be shown in a message.
std::string on_one_line(std::string_view text);

}  // namespace polyclinic
