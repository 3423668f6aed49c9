#include <mma.h>

#include <algorithm>
#include <type_traits>

#include "kernels/cuda_common.cuh"
#include "kernels/factor_gradient.h"

namespace polyclinic::kernels {
namespace {

constexpr int threads = 128, tile_m = gradient_job_columns, tile_n = 128, tile_k = 64;
constexpr int data_stride = tile_n + 8, codes_stride = tile_m + 8, sum_stride = tile_n + 4;  // in shared memory
constexpr int jobs_a_launch = 36;
constexpr int data_loads = tile_k * tile_n / 8 / threads;

struct JobTable {  // a kernel argument, which is at most 4 KiB
  GradientJob jobs[jobs_a_launch];
};
static_assert(sizeof(JobTable) < 3800);

template <typename T>
struct Tiles {
  T data[tile_k * data_stride];
  T codes[tile_k * codes_stride];
};

// A thread's share of the next tiles on their way to shared memory; eight values at a time where all places allow it.
// Its columns of the codes are always the same ones.
template <typename T, bool eights>
struct Loader {
  static constexpr int width = eights ? 8 : 1;
  static constexpr int code_threads = tile_m / width;  // that share a row of the codes
  static constexpr int codes_loads = tile_k * code_threads / threads;
  const T *codes, *data;               // codes: null where the columns have none
  std::int64_t codes_rows, data_rows;  // strides
  int rows, columns;                   // rows to read in all, columns of the data tile that exist
  Eight<T> datum[data_loads];
  Eight<T> code[eights ? codes_loads : 1];
  T single[eights ? 1 : codes_loads];

  __device__ static int first_code() { return static_cast<int>(threadIdx.x) % code_threads * width; }
  __device__ static int code_row(int i) {
    return static_cast<int>(threadIdx.x) / code_threads + i * (threads / code_threads);
  }
  __device__ void load(int first) {
#pragma unroll
    for (int i = 0; i < codes_loads; ++i) {
      const int k = first + code_row(i);
      const bool there = codes != nullptr && k < rows;
      if constexpr (eights) {
        code[i] = there ? *reinterpret_cast<const Eight<T>*>(codes + k * codes_rows) : Eight<T>{};
      } else {
        single[i] = there ? codes[k * codes_rows] : from_float<T>(0.0F);
      }
    }
#pragma unroll
    for (int i = 0; i < data_loads; ++i) {
      const int at = i * threads + static_cast<int>(threadIdx.x);
      const int k = first + at / (tile_n / 8), n = at % (tile_n / 8) * 8;
      const T* from = data + k * data_rows + n;
      if constexpr (eights) {
        datum[i] = k < rows && n < columns ? *reinterpret_cast<const Eight<T>*>(from) : Eight<T>{};
      } else {
#pragma unroll
        for (int j = 0; j < 8; ++j) datum[i].values[j] = k < rows && n + j < columns ? from[j] : from_float<T>(0.0F);
      }
    }
  }
  __device__ void store(Tiles<T>& tiles) const {
#pragma unroll
    for (int i = 0; i < codes_loads; ++i) {
      T* to = tiles.codes + code_row(i) * codes_stride + first_code();
      if constexpr (eights) {
        *reinterpret_cast<Eight<T>*>(to) = code[i];
      } else {
        *to = single[i];
      }
    }
#pragma unroll
    for (int i = 0; i < data_loads; ++i) {
      const int at = i * threads + static_cast<int>(threadIdx.x);
      *reinterpret_cast<Eight<T>*>(tiles.data + at / (tile_n / 8) * data_stride + at % (tile_n / 8) * 8) = datum[i];
    }
  }
};

enum class Product { plain, warp_matrices, ldmatrix };

template <typename T>
__device__ constexpr Product product_of() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  return sizeof(T) == 2 ? Product::ldmatrix : Product::plain;
#else
  return std::is_same_v<T, __half> ? Product::warp_matrices : Product::plain;
#endif
}

// codes^T data of the tiles seen so far. Without tensor cores: a thread has one column of the data.
template <typename T, Product product>
struct Sums {
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

// Tensor cores: a warp has 32 columns of the data. Before compute capability 8.0:
template <typename T>
struct Sums<T, Product::warp_matrices> {
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
      A a;
      B b[2];
#pragma unroll
      for (int n = 0; n < 2; ++n)
        nvcuda::wmma::load_matrix_sync(b[n], tiles.data + k * data_stride + first + n * 16, data_stride);
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        if (m * 16 >= columns) break;
        nvcuda::wmma::load_matrix_sync(a, tiles.codes + k * codes_stride + m * 16, codes_stride);
#pragma unroll
        for (int n = 0; n < 2; ++n) nvcuda::wmma::mma_sync(sum[m][n], a, b[n], sum[m][n]);
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

// Four 8 x 8 matrices, transposed; a lane gives the address of a row of one of them.
template <typename T>
__device__ inline void load_transposed(const T* row, unsigned (&to)[4]) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address)
               : "memory");
}

#define POLYCLINIC_MMA(type)                                                          \
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." type "." type                 \
               ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                       \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))

// From 8.0 on: codes and data lie by rows of the sum, so that both come transposed.
template <typename T>
struct Sums<T, Product::ldmatrix> {
  float sum[2][4][4];  // 16 columns of the codes, 8 of the data

  __device__ Sums() {
#pragma unroll
    for (int i = 0; i < 32; ++i) sum[i / 16][i / 4 % 4][i % 4] = 0;
  }
  __device__ static void multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    if constexpr (std::is_same_v<T, __half>) {
      POLYCLINIC_MMA("f16");
    } else {
      POLYCLINIC_MMA("bf16");
    }
  }
  __device__ void add(const Tiles<T>& tiles, int columns) {
    const int lane = static_cast<int>(threadIdx.x) % 32, first = static_cast<int>(threadIdx.x) / 32 * 32;
    const int row = lane % 8, low = lane / 8 % 2 * 8, high = lane / 16 * 8;
#pragma unroll
    for (int k = 0; k < tile_k; k += 16) {
      unsigned b[2][4], a[4];
#pragma unroll
      for (int n = 0; n < 2; ++n)
        load_transposed(tiles.data + (k + row + low) * data_stride + first + n * 16 + high, b[n]);
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        if (m * 16 >= columns) break;
        load_transposed(tiles.codes + (k + row + high) * codes_stride + m * 16 + low, a);
#pragma unroll
        for (int n = 0; n < 4; ++n) multiply(sum[m][n], a, b[n / 2][n % 2 * 2], b[n / 2][n % 2 * 2 + 1]);
      }
    }
  }
  __device__ void store(float* to) const {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    float* mine = to + lane / 4 * sum_stride + static_cast<int>(threadIdx.x) / 32 * 32 + lane % 4 * 2;
#pragma unroll
    for (int i = 0; i < 32; ++i) {
      mine[(i / 16 * 16 + i % 4 / 2 * 8) * sum_stride + i / 4 % 4 * 8 + i % 2] = sum[i / 16][i / 4 % 4][i % 4];
    }
  }
};

#undef POLYCLINIC_MMA

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
    const int mine = next.first_code() - columns;
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
  Sums<T, product_of<T>()> sums;
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
  bool eights = shape.data_stride % 8 == 0 && shape.codes_stride % 8 == 0 &&
                (reinterpret_cast<std::uintptr_t>(data) | reinterpret_cast<std::uintptr_t>(codes)) % 16 == 0;
  for (std::int64_t i = 0; i < count; ++i) {
    table.jobs[i] = jobs[i];
    widest = std::max(widest, jobs[i].data_count);
    eights = eights && jobs[i].data_column % 8 == 0 && jobs[i].data_count % 8 == 0;
    for (std::int32_t s = 0; s < jobs[i].spans; ++s) {
      eights = eights && jobs[i].span[s].column % 8 == 0 && jobs[i].span[s].count % 8 == 0;
    }
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
