#include "model/side_stream.h"

#ifdef POLYCLINIC_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <c10/cuda/CUDAStream.h>

#include <optional>
#endif

namespace polyclinic {

#ifdef POLYCLINIC_CUDA
struct SideStream::State {
  std::optional<c10::cuda::CUDAStream> main, side;
  at::cuda::CUDAEvent forked, joined;
};

bool SideStream::fork(const at::Tensor& like) {
  if (!like.is_cuda()) return false;
  if (c10::cuda::currentStreamCaptureStatusMayInitCtx() == c10::cuda::CaptureStatus::None) return false;
  State& s = *state_;
  s.main = c10::cuda::getCurrentCUDAStream(like.get_device());
  if (!s.side) s.side = c10::cuda::getStreamFromPool(false, like.get_device());
  s.forked.record(*s.main);
  s.forked.block(*s.side);
  c10::cuda::setCurrentCUDAStream(*s.side);
  return true;
}

void SideStream::back() {
  state_->joined.record(*state_->side);
  c10::cuda::setCurrentCUDAStream(*state_->main);
}

void SideStream::join() { state_->joined.block(*state_->main); }
#else
struct SideStream::State {};
bool SideStream::fork(const at::Tensor& /*like*/) { return false; }
void SideStream::back() {}
void SideStream::join() {}
#endif

SideStream::SideStream() : state_(std::make_unique<State>()) {}
SideStream::~SideStream() = default;

}  // namespace polyclinic
