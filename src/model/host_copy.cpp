#include "model/host_copy.h"

#ifdef POLYCLINIC_CUDA
#include <ATen/Parallel.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/concat.h"
#include "core/error.h"
#endif

namespace polyclinic {

#ifdef POLYCLINIC_CUDA
namespace {
constexpr std::size_t piece = std::size_t{32} << 20;
constexpr std::int64_t grain = 1 << 20;  // bytes of one thread's share at least
}  // namespace

struct HostCopy::Buffers {
  struct Buffer {
    at::Tensor bytes =
        at::empty({static_cast<std::int64_t>(piece)}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
    at::cuda::CUDAEvent fetched;
  };
  std::array<Buffer, 2> turns;
  std::size_t turn = 0;

  Buffers() = default;
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;
  // Torch's pool of page-locked memory does not know of fetches that are under way.
  ~Buffers() {
    for (const Buffer& buffer : turns) buffer.fetched.synchronize();
  }

  void send(char* to, const char* from, std::size_t size, const c10::cuda::CUDAStream& stream) {
    Buffer& buffer = turns[turn++ % 2];
    buffer.fetched.synchronize();
    auto* held = static_cast<char*>(buffer.bytes.mutable_data_ptr());
    at::parallel_for(0, static_cast<std::int64_t>(size), grain, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(held + begin, from + begin, static_cast<std::size_t>(end - begin));
    });
    const cudaError_t code = cudaMemcpyAsync(to, held, size, cudaMemcpyHostToDevice, stream.stream());
    if (code != cudaSuccess) throw FailedError(concat("weights do not reach the card: ", cudaGetErrorString(code)));
    buffer.fetched.record(stream);
  }
};

at::Tensor HostCopy::to(const at::Tensor& host, at::Device device) {
  if (!device.is_cuda() || !host.is_cpu()) return host.to(device);
  if (!buffers_) buffers_ = std::make_unique<Buffers>();
  at::Tensor out = at::empty(host.sizes(), host.options().device(device));
  const auto stream = c10::cuda::getCurrentCUDAStream(out.get_device());
  const auto* from = static_cast<const char*>(host.const_data_ptr());
  auto* to = static_cast<char*>(out.mutable_data_ptr());
  for (std::size_t at = 0; at < host.nbytes(); at += piece) {
    buffers_->send(to + at, from + at, std::min(piece, host.nbytes() - at), stream);
  }
  return out;
}
#else
struct HostCopy::Buffers {};
at::Tensor HostCopy::to(const at::Tensor& host, at::Device device) { return host.to(device); }
#endif

HostCopy::HostCopy() = default;
HostCopy::~HostCopy() = default;

}  // namespace polyclinic
