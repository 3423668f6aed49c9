#include "report/text_table.h"

#include <algorithm>

#include "core/number_format.h"
#include "text/utf8.h"

namespace polyclinic {

std::string text_table(const std::vector<TextRow>& rows, const std::set<std::size_t>& right) {
  std::vector<std::size_t> widths;
  for (const TextRow& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], count_code_points(row[c]));
  }
  std::string out;
  for (const TextRow& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string blanks(widths[c] - count_code_points(row[c]), ' ');
      line += right.contains(c) ? blanks + row[c] : row[c] + blanks;
      if (c + 1 < row.size()) line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string score_text(double score) { return fixed(score, 4); }

}  // namespace polyclinic
