#include "model/host_streams.h"

#include <ATen/ops/empty.h>

#include <vector>

#include "core/error.h"
#ifdef POLYCLINIC_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <optional>
#endif

namespace polyclinic {

#ifdef POLYCLINIC_CUDA
namespace {

// Work on `to` from now on comes after what `from` has been given so far.
void order(at::cuda::CUDAEvent& event, const c10::cuda::CUDAStream& from, const c10::cuda::CUDAStream& to) {
  event.record(from);
  event.block(to);
}

}  // namespace

struct HostStreams::State {
  struct Entry {
    at::Tensor host, device;  // device: defined from start() to take()
    bool here = false;
  };
  std::vector<Entry> entries;
  std::optional<c10::cuda::CUDAStream> side;  // one, so that a place is read before it is written again
  at::cuda::CUDAEvent forked, joined, sent;
  at::Tensor leaving;  // on its way to the host
  c10::DeviceIndex index = 0;

  // Gives its memory up in the order of the current stream: the allocator would wait for the device instead, which the
  // host runs ahead of by a whole forward pass.
  void release() {
    if (leaving.defined()) sent.block(c10::cuda::getCurrentCUDAStream(index));
    leaving = at::Tensor();
  }
};

void HostStreams::put(std::size_t block, const at::Tensor& stream) {
  State& s = *state_;
  s.index = static_cast<c10::DeviceIndex>(stream.get_device());
  if (!s.side) s.side = c10::cuda::getStreamFromPool(false, s.index);
  s.release();
  if (s.entries.size() <= block) s.entries.resize(block + 1);
  State::Entry& entry = s.entries[block];
  if (!entry.host.defined() || entry.host.sizes() != stream.sizes() || entry.host.dtype() != stream.dtype()) {
    entry.host = at::empty(stream.sizes(), stream.options().device(at::kCPU).pinned_memory(true));
  }
  order(s.forked, c10::cuda::getCurrentCUDAStream(s.index), *s.side);
  const c10::cuda::CUDAStreamGuard guard(*s.side);
  s.leaving = stream.detach();
  entry.host.copy_(s.leaving, true);
  s.sent.record(*s.side);
  entry.device = at::Tensor();
  entry.here = true;
}

void HostStreams::start(std::size_t block) {
  State& s = *state_;
  s.release();
  if (block == 0 || block > s.entries.size()) return;
  State::Entry& entry = s.entries[block - 1];
  if (!entry.here || entry.device.defined()) return;
  entry.device = at::empty(entry.host.sizes(), entry.host.options().pinned_memory(false).device(at::kCUDA, s.index));
  order(s.forked, c10::cuda::getCurrentCUDAStream(s.index), *s.side);  // whoever had this memory before is done
  const c10::cuda::CUDAStreamGuard guard(*s.side);
  entry.device.copy_(entry.host, true);
}

at::Tensor HostStreams::take(std::size_t block) {
  State& s = *state_;
  start(block + 1);
  order(s.joined, *s.side, c10::cuda::getCurrentCUDAStream(s.index));
  State::Entry& entry = s.entries.at(block);
  entry.here = false;
  at::Tensor out = std::move(entry.device);
  entry.device = at::Tensor();
  return out;
}
#else
struct HostStreams::State {};
void HostStreams::put(std::size_t /*block*/, const at::Tensor& /*stream*/) {
  throw FailedError("this build has no card whose streams could lie on the host", {}, "build with the preset cuda");
}
void HostStreams::start(std::size_t /*block*/) {}
at::Tensor HostStreams::take(std::size_t /*block*/) { return {}; }
#endif

HostStreams::HostStreams() : state_(std::make_unique<State>()) {}
HostStreams::~HostStreams() = default;

}  // namespace polyclinic
