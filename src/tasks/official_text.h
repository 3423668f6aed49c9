#pragma once
// How Python and C print and read numbers, so that scores carry the official scripts' digits.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// printf into a string; "%.3f" rounds the exact binary value half to even, as Perl and Python do.
[[gnu::format(printf, 1, 2)]] std::string printf_text(const char* format, ...);

// repr() of a Python float: shortest digits that read back, "0.5", "1.0", "1e-05", "1e+16", "nan", "inf".
std::string python_repr(double value);

// float(text) and int(text) of Python: surrounding ASCII blanks allowed, hexadecimal refused. Nothing when Python
// raises (for int also when it does not fit 64 bits).
std::optional<double> python_float(std::string_view text);
std::optional<long long> python_int(std::string_view text);

// The next word between ASCII blanks, which `text` then begins after; empty at the end.
std::string_view next_word(std::string_view& text);
// str.split() of ASCII blanks.
std::vector<std::string_view> split_blanks(std::string_view text);
// str.split(separator): never empty.
std::vector<std::string_view> split(std::string_view text, char separator);
// str.strip() of ASCII blanks.
std::string_view strip(std::string_view text);

// One line of a file without its line end; a final line without '\n' counts.
struct Line {
  int number = 0;  // 1-based
  std::string_view text;
  bool carriage_return = false;  // ended in CR LF; the CR is not in `text`
};
std::vector<Line> lines_of(std::string_view text);

}  // namespace polyclinic
