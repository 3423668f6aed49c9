#include <mma.h>

#include <algorithm>

#include "kernels/cuda_common.cuh"
#include "kernels/factor_gradient.h"

namespace polyclinic::kernels {
namespace {

constexpr int threads = 128, tile_m = gradient_job_columns, tile_n = 128, tile_k = 64;
constexpr int data_stride = tile_n + 8, codes_stride = tile_m + 8, sum_stride = tile_n + 4;  // in shared memory
constexpr int jobs_a_launch = 36;
constexpr int codes_loads = tile_k * tile_m / threads, data_loads = tile_k * tile_n / 8 / threads;

struct JobTable {  // a kernel argument, which is at most 4 KiB
  GradientJob jobs[jobs_a_launch];
};
static_assert(sizeof(JobTable) < 3800);

template <typename T>
struct TensorCores {
  static constexpr bool value = false;
};
template <>
struct TensorCores<__half> {
  static constexpr bool value = true;
};
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
template <>
struct TensorCores<__nv_bfloat16> {
  static constexpr bool value = true;
};
#endif

template <typename T>
struct Tiles {
  T data[tile_k * data_stride];
  T codes[tile_k * codes_stride];
};

// A thread's share of the next tiles on their way to shared memory. Its column of the codes is always the same one.
template <typename T, bool eights>
struct Loader {
  const T *codes, *data;
  std::int64_t codes_rows, data_rows;  // strides
  int rows, columns;                   // rows left to read in all, columns of the data tile that exist
  T code[codes_loads];
  Eight<T> datum[data_loads];

  __device__ void load(int first) {
#pragma unroll
    for (int i = 0; i < codes_loads; ++i) {
      const int k = first + static_cast<int>(threadIdx.x) / tile_m + i * (threads / tile_m);
      code[i] = codes != nullptr && k < rows ? codes[k * codes_rows] : from_float<T>(0.0F);
    }
#pragma unroll
    for (int i = 0; i < data_loads; ++i) {
      const int at = i * threads + static_cast<int>(threadIdx.x);
      const int k = first + at / (tile_n / 8), n = at % (tile_n / 8) * 8;
      const T* from = data + k * data_rows + n;
      if (eights && k < rows && n < columns) {
        datum[i] = *reinterpret_cast<const Eight<T>*>(from);
      } else {
#pragma unroll
        for (int j = 0; j < 8; ++j)
          datum[i].values[j] = !eights && k < rows && n + j < columns ? from[j] : from_float<T>(0.0F);
      }
    }
  }
  __device__ void store(Tiles<T>& tiles) const {
#pragma unroll
    for (int i = 0; i < codes_loads; ++i) {
      const int k = static_cast<int>(threadIdx.x) / tile_m + i * (threads / tile_m);
      tiles.codes[k * codes_stride + threadIdx.x % tile_m] = code[i];
    }
#pragma unroll
    for (int i = 0; i < data_loads; ++i) {
      const int at = i * threads + static_cast<int>(threadIdx.x);
      *reinterpret_cast<Eight<T>*>(tiles.data + at / (tile_n / 8) * data_stride + at % (tile_n / 8) * 8) = datum[i];
    }
  }
};

// codes^T data of the tiles seen so far. Tensor cores: a warp has 32 columns of the data.
template <typename T, bool tensor_cores>
struct Sums {
  using A = nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, T, nvcuda::wmma::col_major>;
  using B = nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, T, nvcuda::wmma::row_major>;
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> sum[2][2];

  __device__ Sums() {
#pragma unroll
    for (int m = 0; m < 2; ++m) {
#pragma unroll
      for (int n = 0; n < 2; ++n) nvcuda::wmma::fill_fragment(sum[m][n], 0.0F);
    }
  }
  __device__ void add(const Tiles<T>& tiles, int columns) {
    const int first = static_cast<int>(threadIdx.x) / 32 * 32;
#pragma unroll
    for (int k = 0; k < tile_k; k += 16) {
      A a[2];
      B b[2];
#pragma unroll
      for (int n = 0; n < 2; ++n)
        nvcuda::wmma::load_matrix_sync(b[n], tiles.data + k * data_stride + first + n * 16, data_stride);
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        if (m * 16 >= columns) break;
        nvcuda::wmma::load_matrix_sync(a[m], tiles.codes + k * codes_stride + m * 16, codes_stride);
#pragma unroll
        for (int n = 0; n < 2; ++n) nvcuda::wmma::mma_sync(sum[m][n], a[m], b[n], sum[m][n]);
      }
    }
  }
  __device__ void store(float* to) const {
    const int first = static_cast<int>(threadIdx.x) / 32 * 32;
#pragma unroll
    for (int m = 0; m < 2; ++m) {
#pragma unroll
      for (int n = 0; n < 2; ++n)
        nvcuda::wmma::store_matrix_sync(to + m * 16 * sum_stride + first + n * 16, sum[m][n], sum_stride,
                                        nvcuda::wmma::mem_row_major);
    }
  }
};

// Without: a thread has one column of the data.
template <typename T>
struct Sums<T, false> {
  float sum[tile_m];

  __device__ Sums() {
#pragma unroll
    for (float& value : sum) value = 0;
  }
  __device__ void add(const Tiles<T>& tiles, int /*columns*/) {
    for (int k = 0; k < tile_k; ++k) {
      const float x = to_float(tiles.data[k * data_stride + threadIdx.x]);
#pragma unroll
      for (int m = 0; m < tile_m; ++m) sum[m] += to_float(tiles.codes[k * codes_stride + m]) * x;
    }
  }
  __device__ void store(float* to) const {
#pragma unroll
    for (int m = 0; m < tile_m; ++m) to[m * sum_stride + threadIdx.x] = sum[m];
  }
};

// Adds the sums of one span, neighbouring threads to neighbouring places; a batch's reads go out together.
template <bool transposed>
__device__ void add_span(const GradientSpan& span, const float* sums, int first, int columns, float scale) {
  constexpr int batch = 8;
  const int height = span.count, count = transposed ? height * columns : height * tile_n;
  const auto place = [&](int i, std::int64_t& at, int& from) {
    const int r = transposed ? i % height : i / tile_n, n = transposed ? i / height : i % tile_n;
    at = transposed ? static_cast<std::int64_t>(first + n) * span.stride + r
                    : static_cast<std::int64_t>(r) * span.stride + first + n;
    from = r * sum_stride + n;
    return i < count && n < columns;
  };
  for (int begin = static_cast<int>(threadIdx.x); begin < count; begin += threads * batch) {
    float old[batch];
    std::int64_t at;
    int from;
#pragma unroll
    for (int j = 0; j < batch; ++j) old[j] = !span.fresh && place(begin + j * threads, at, from) ? span.to[at] : 0.0F;
#pragma unroll
    for (int j = 0; j < batch; ++j) {
      if (place(begin + j * threads, at, from)) span.to[at] = old[j] + scale * sums[from];
    }
  }
}

// One block: one job, 128 columns of the data.
template <typename T, bool transposed, bool eights>
__global__ void __launch_bounds__(threads, sizeof(T) == 4 ? 2 : 4)
    gradient_kernel(const __grid_constant__ JobTable table, FactorGradientShape shape, const T* codes, const T* data) {
  __shared__ __align__(128) union {
    Tiles<T> tiles;
    float sums[tile_m * sum_stride];
  } shared;
  const GradientJob& job = table.jobs[blockIdx.y];
  const int first = static_cast<int>(blockIdx.x) * tile_n;
  if (first >= job.data_count) return;
  Loader<T, eights> next;
  int columns = 0;  // of the codes
  next.codes = nullptr;
  for (int s = 0; s < job.spans; ++s) {
    const int mine = static_cast<int>(threadIdx.x) % tile_m - columns;
    if (mine >= 0 && mine < job.span[s].count) {
      next.codes = codes + job.first_row * shape.codes_stride + job.span[s].column + mine;
    }
    columns += job.span[s].count;
  }
  next.data = data + job.first_row * shape.data_stride + job.data_column + first;
  next.codes_rows = shape.codes_stride;
  next.data_rows = shape.data_stride;
  next.rows = job.rows;
  next.columns = job.data_count - first < tile_n ? job.data_count - first : tile_n;
  Sums<T, TensorCores<T>::value> sums;
  next.load(0);
  for (int k = 0; k < job.rows; k += tile_k) {
    __syncthreads();
    next.store(shared.tiles);
    __syncthreads();
    if (k + tile_k < job.rows) next.load(k + tile_k);
    sums.add(shared.tiles, columns);
  }
  __syncthreads();
  sums.store(shared.sums);
  __syncthreads();
  for (int s = 0, row = 0; s < job.spans; row += job.span[s].count, ++s) {
    add_span<transposed>(job.span[s], shared.sums + row * sum_stride, first, next.columns, shape.scale);
  }
}

template <typename T, bool transposed>
void launch(const GradientJob* jobs, std::int64_t count, const FactorGradientShape& shape, const T* codes,
            const T* data, cudaStream_t stream) {
  JobTable table;
  std::int32_t widest = 0;
  bool eights = shape.data_stride % 8 == 0 && reinterpret_cast<std::uintptr_t>(data) % 16 == 0;
  for (std::int64_t i = 0; i < count; ++i) {
    table.jobs[i] = jobs[i];
    widest = std::max(widest, jobs[i].data_count);
    eights = eights && jobs[i].data_column % 8 == 0 && jobs[i].data_count % 8 == 0;
  }
  const dim3 grid(static_cast<unsigned>((widest + tile_n - 1) / tile_n), static_cast<unsigned>(count));
  auto* kernel = eights ? gradient_kernel<T, transposed, true> : gradient_kernel<T, transposed, false>;
  kernel<<<grid, threads, 0, stream>>>(table, shape, codes, data);
  check_launch("factor_gradient");
}

}  // namespace

void factor_gradient_cuda(const GradientJob* jobs, std::int64_t count, const FactorGradientShape& shape,
                          ElementType type, const void* codes, const void* data, void* stream) {
  for (std::int64_t first = 0; first < count; first += jobs_a_launch) {
    const std::int64_t these = std::min<std::int64_t>(jobs_a_launch, count - first);
    dispatch(type, [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      auto* form = shape.transposed ? launch<T, true> : launch<T, false>;
      form(jobs + first, these, shape, static_cast<const T*>(codes), static_cast<const T*>(data),
           static_cast<cudaStream_t>(stream));
    });
  }
}

}  // namespace polyclinic::kernels
