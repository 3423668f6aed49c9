#pragma once
// Small products beside a large one: two branches of a CUDA graph.
#include <ATen/core/Tensor.h>

#include <memory>

namespace polyclinic {

// While the current CUDA stream is being captured into a graph, run() puts its two halves on two streams, so that the
// graph may run them at once. Elsewhere they run one after the other: forking costs more than it gains when the host
// launches each kernel. Both halves may read what was there before and must not read each other's results; all is
// joined when run() returns, and every fork waits for the stream that it leaves, so that memory of either half may be
// given up at any time after.
class SideStream {
 public:
  SideStream();
  ~SideStream();
  SideStream(const SideStream&) = delete;
  SideStream& operator=(const SideStream&) = delete;

  // `like`: a tensor on the device in question.
  template <typename Main, typename Side>
  void run(const at::Tensor& like, const Main& main, const Side& side) {
    const bool apart = fork(like);
    if (!apart) main();
    side();
    if (!apart) return;
    back();
    main();
    join();
  }

 private:
  struct State;
  bool fork(const at::Tensor& like);  // true: the side stream is current now
  void back();                        // to the main stream
  void join();
  std::unique_ptr<State> state_;
};

}  // namespace polyclinic
