#pragma once
// A pack: the only batch form. Sequences laid end to end without padding (design.md, section 3).
#include <cstdint>
#include <vector>

namespace polyclinic {

// One tokenised sequence on its way into a pack.
struct Sequence {
  std::int32_t task = 0;     // index into the run's tasks
  std::int32_t route = 0;    // which adapter slots its rows use; the strategy gives it a meaning (S3b: stream)
  std::int64_t example = 0;  // index into the task's examples
  std::int64_t window = 0;   // window of a long document
  std::vector<std::int32_t> token_ids;
  std::vector<std::int32_t> byte_begin, byte_end;  // into the example's text; equal for special tokens
};

// T tokens, S sequences.
struct Pack {
  std::vector<std::int32_t> token_ids;        // [T]
  std::vector<std::int32_t> positions;        // [T], restarts at 0 in each sequence
  std::vector<std::int32_t> sequence_starts;  // [S + 1], cumulative lengths; front() = 0, back() = T
  std::vector<std::int32_t> sequence_task;    // [S]
  std::vector<std::int32_t> sequence_route;   // [S]
  std::vector<std::int64_t> sequence_index;   // [S], which of the step's sequences this is

  std::int64_t tokens() const { return static_cast<std::int64_t>(token_ids.size()); }
  std::int64_t sequences() const { return static_cast<std::int64_t>(sequence_task.size()); }
};

}  // namespace polyclinic
