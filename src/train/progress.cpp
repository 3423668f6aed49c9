#include "train/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/concat.h"
#include "core/number_format.h"

namespace polyclinic {
namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  char text[64];
  if (whole >= 3600) {
    std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", static_cast<long long>(whole / 3600),
                  static_cast<long long>(whole / 60 % 60), static_cast<long long>(whole % 60));
  } else {
    std::snprintf(text, sizeof(text), "%lld:%02lld", static_cast<long long>(whole / 60),
                  static_cast<long long>(whole % 60));
  }
  return text;
}

}  // namespace

std::string progress_text(const ProgressValues& values, double tokens_per_second, double seconds_left) {
  std::string text = concat("step ", values.step);
  if (values.steps > 0) text += concat("/", values.steps);
  text += concat(" | loss ", fixed(values.loss, 4), " | ",
                 with_separators(static_cast<std::int64_t>(std::llround(tokens_per_second))), " tok/s | real ",
                 fixed(100 * values.real_token_share, 0), " %");
  if (values.steps > 0) text += concat(" | ", duration(seconds_left), " left");
  if (!values.note.empty()) text += concat(" | ", values.note);
  return text;
}

Progress::Progress(std::FILE* out, bool quiet, double seconds, std::string label)
    : out_(out),
      label_(label.empty() ? "" : concat(label, ": ")),
      quiet_(quiet),
      terminal_(label.empty() && isatty(fileno(out)) != 0),
      colour_(terminal_ && std::getenv("NO_COLOR") == nullptr),
      seconds_(seconds),
      start_(Clock::now()),
      last_report_(start_),
      last_print_(start_) {}

Progress::~Progress() {
  if (open_) std::fputc('\n', out_);
}

void Progress::report(const ProgressValues& values) {
  const Clock::time_point now = Clock::now();
  tokens_ += values.tokens;
  if (first_step_ < 0) first_step_ = values.step - 1;
  const double pause = terminal_ ? 0.1 : seconds_;
  const bool last = values.steps > 0 && values.step == values.steps;
  if (quiet_ || (!last && std::chrono::duration<double>(now - last_print_).count() < pause)) return;
  const double recent = std::max(1e-9, std::chrono::duration<double>(now - last_report_).count());
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double left = elapsed / static_cast<double>(std::max<std::int64_t>(1, values.step - first_step_)) *
                      static_cast<double>(values.steps - values.step);
  const std::string text = progress_text(values, static_cast<double>(tokens_) / recent, left);
  if (terminal_) {
    std::fprintf(out_, colour_ ? "\r\x1b[K\x1b[2m%s\x1b[0m" : "\r\x1b[K%s", text.c_str());
  } else {
    std::fprintf(out_, "%s%s\n", label_.c_str(), text.c_str());
  }
  std::fflush(out_);
  open_ = terminal_;
  last_print_ = last_report_ = now;
  tokens_ = 0;
}

void Progress::line(const std::string& text) {
  if (quiet_) return;
  if (open_) std::fputs("\r\x1b[K", out_);
  open_ = false;
  std::fprintf(out_, "%s%s\n", label_.c_str(), text.c_str());
  std::fflush(out_);
}

}  // namespace polyclinic
