#include "data/lengths.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/concat.h"
#include "core/error.h"
#include "core/xml_text.h"

namespace polyclinic {

Lengths::Lengths(std::vector<std::size_t> tokens) : sorted_(std::move(tokens)) {
  std::sort(sorted_.begin(), sorted_.end());
}

double Lengths::mean() const {
  if (sorted_.empty()) return 0;
  const auto sum = std::accumulate(sorted_.begin(), sorted_.end(), std::size_t{0});
  return static_cast<double>(sum) / static_cast<double>(sorted_.size());
}

std::size_t Lengths::percentile(double percent) const {
  if (!(percent > 0 && percent <= 100)) {
    throw InputError(concat("percentile ", percent, " is not between 0 and 100"), {}, "95 and 99 are usual");
  }
  if (sorted_.empty()) return 0;
  // A hair less, so that 95 % of 20 is the 19th and no rounding makes it the 20th.
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted_.size()) - 1e-9);
  return sorted_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::size_t Lengths::suggested_max_seq_len(double percent, std::size_t limit) const {
  return std::min((std::max<std::size_t>(percentile(percent), 1) + 7) / 8 * 8, limit);
}

std::vector<Lengths::Bin> Lengths::histogram(std::size_t bins) const {
  if (sorted_.empty() || bins == 0) return {};
  // Widths 1, 2, 5, 10, 20, 50, ...
  std::size_t width = 1;
  for (std::size_t decade = 1; longest() / width + 1 > bins; decade *= 10) {
    for (const std::size_t digit : {1u, 2u, 5u}) {
      width = digit * decade;
      if (longest() / width + 1 <= bins) break;
    }
  }
  std::vector<Bin> out;
  for (std::size_t low = 0; low <= longest(); low += width) out.push_back({low, low + width, 0});
  for (const std::size_t length : sorted_) ++out[length / width].count;
  return out;
}

Lengths measure_lengths(const std::vector<Example>& examples, const Tokenizer& tokenizer) {
  std::vector<std::size_t> tokens;
  for (const Example& example : examples) {
    std::size_t count = tokenizer.encode_plain(example.text, true).size();
    if (!example.second_text.empty()) count += tokenizer.encode_plain(example.second_text, false).size();
    tokens.push_back(count);
  }
  return Lengths(std::move(tokens));
}

namespace {
std::string label(double x, double y, const char* anchor, const std::string& text) {
  return concat("<text x=\"", std::round(x), "\" y=\"", std::round(y), "\" text-anchor=\"", anchor, "\">",
                xml_escaped(text), "</text>\n");
}
}  // namespace

std::string lengths_svg(const Lengths& lengths, const std::string& title, std::size_t max_seq_len) {
  constexpr double left = 60, top = 40, width = 640, height = 260;
  const std::vector<Lengths::Bin> bins = lengths.histogram(40);
  std::size_t highest = 1;
  for (const Lengths::Bin& bin : bins) highest = std::max(highest, bin.count);
  const double last = bins.empty() ? 1 : static_cast<double>(bins.back().high);
  const auto x_of = [&](std::size_t length) { return left + width * static_cast<double>(length) / last; };
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 360\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"720\" height=\"360\" fill=\"white\"/>\n";
  svg += label(360, 22, "middle", title);
  for (const Lengths::Bin& bin : bins) {
    const double bar = height * static_cast<double>(bin.count) / static_cast<double>(highest);
    svg += concat("<rect class=\"bin\" x=\"", x_of(bin.low), "\" y=\"", top + height - bar, "\" width=\"",
                  std::max(x_of(bin.high) - x_of(bin.low) - 1, 0.5), "\" height=\"", bar, "\" fill=\"#4878a8\"><title>",
                  bin.low, " to ", bin.high - 1, " tokens: ", bin.count, "</title></rect>\n");
  }
  svg += concat("<path d=\"M", left, " ", top, "V", top + height, "H", left + width,
                "\" fill=\"none\" stroke=\"black\"/>\n");
  svg += label(left - 6, top + 4, "end", std::to_string(highest)) + label(left - 6, top + height, "end", "0");
  svg += label(left, top + height + 18, "middle", "0");
  if (!bins.empty()) svg += label(left + width, top + height + 18, "middle", std::to_string(bins.back().high));
  svg += label(left + width / 2, top + height + 36, "middle", "tokens of an example");
  const double mark = std::min(x_of(max_seq_len), left + width);
  svg += concat("<path d=\"M", mark, " ", top, "V", top + height, "\" stroke=\"#b03030\" stroke-dasharray=\"4 3\"/>\n");
  svg += label(mark - 4, top + 12, "end", concat("max_seq_len ", max_seq_len));
  return svg + "</svg>\n";
}

}  // namespace polyclinic
