#include "model/upload.h"

namespace polyclinic {

at::Tensor upload(const at::Tensor& host, at::Device device) {
  if (device.is_cpu()) return host;
  return host.pin_memory().to(device, host.scalar_type(), /*non_blocking=*/true);
}

at::Tensor upload(const at::Tensor& host, const at::TensorOptions& to) {
  return upload(host.to(c10::typeMetaToScalarType(to.dtype())), to.device());
}

}  // namespace polyclinic
