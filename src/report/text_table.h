#pragma once
// Aligned columns for a terminal, the same bytes in a file.
#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace polyclinic {

using TextRow = std::vector<std::string>;

// Columns as wide as their widest cell, in code points; two blanks between them. Columns of `right` are aligned right.
std::string text_table(const std::vector<TextRow>& rows, const std::set<std::size_t>& right = {});

// 0.5 -> "0.5000"; absent: "-".
std::string score_text(double score);

}  // namespace polyclinic
