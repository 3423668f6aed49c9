#pragma once
// What a person sees while a run trains: one line that is rewritten on a terminal, plain lines elsewhere (one every
// `seconds`). Colour only on a terminal and never when NO_COLOR is set.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace polyclinic {

struct ProgressValues {
  std::int64_t step = 0;
  std::int64_t steps = 0;       // of the whole run; 0: unknown
  double loss = 0;              // mean over loss-bearing units since the last report
  std::int64_t tokens = 0;      // fed since the last report
  double real_token_share = 1;  // real tokens of all computed rows
  std::string note;             // e.g. the last dev score
};

// "step 120/900 | loss 0.4321 | 3,512 tok/s | real 100 % | 2:31 left | dev f1 0.612"
std::string progress_text(const ProgressValues& values, double tokens_per_second, double seconds_left);

class Progress {
 public:
  // `quiet`: nothing is printed. Writes to `out` (stderr in the program), a line every `seconds` where that is no
  // terminal. `label` names the run on each line where several run side by side; no line is then overwritten.
  explicit Progress(std::FILE* out, bool quiet = false, double seconds = 10, std::string label = "");
  ~Progress();
  void report(const ProgressValues& values);
  // A line of its own, e.g. "checkpoint written".
  void line(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  std::FILE* out_;
  std::string label_;  // "S1 tiny bc5cdr: "
  bool quiet_, terminal_, colour_;
  double seconds_;
  bool open_ = false;  // an unfinished line stands on the terminal
  Clock::time_point start_, last_report_, last_print_;
  std::int64_t first_step_ = -1, tokens_ = 0;
};

}  // namespace polyclinic
