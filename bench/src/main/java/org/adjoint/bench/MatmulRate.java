package org.adjoint.bench;

import java.util.Locale;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapDevice;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * The rate of a square float32 matrix product.
 *
 * @param size the extent n of the n × n operands
 * @param threads the number of threads used
 * @param gflops 2·n³ operations divided by the median time, in 10⁹ a second
 * @param peakGflops the multiply-add ceiling measured in the same run, in 10⁹ a second; NaN if
 *     there is none for the device
 */
public record MatmulRate(int size, int threads, double gflops, double peakGflops) {
  /**
   * Measures a size.
   *
   * @param backend that multiplies
   * @param size the extent n
   * @param threads how many threads are set
   * @param seconds how long it is timed
   * @param longest at most so many seconds of warming up
   * @param peakGflops the ceiling, or NaN
   */
  public static MatmulRate of(
      Backend backend, int size, int threads, double seconds, double longest, double peakGflops) {
    Tensor a = random(backend, size, 1);
    Tensor b = random(backend, size, 2);
    Tensor y = Tensor.owned(backend, DType.F32, Shape.of(size, size));
    MatmulKernels kernels = backend.kernels().matmul();
    // Small products are timed in groups, so that the clock's own cost does not show; a device with
    // a queue is given several anyway.
    boolean heap = backend instanceof HeapDevice;
    int group = heap ? Math.max(1, (int) (2e7 / (2.0 * size * size * size))) : 1;
    Workload product =
        new Workload() {
          @Override
          public String name() {
            return "sgemm";
          }

          @Override
          public void step(int batch) {
            for (int i = 0; i < group; i++) {
              kernels.matmul(a, false, b, false, null, y);
            }
          }
        };
    Measurement m = Measurement.of(product, backend, threads, seconds, longest);
    double flops = 2.0 * size * size * size * group;
    return new MatmulRate(size, threads, flops / (m.medianMillis() * 1e6), peakGflops);
  }

  private static Tensor random(Backend backend, int size, long seed) {
    Tensor t = Tensor.owned(backend, DType.F32, Shape.of(size, size));
    backend.kernels().random().uniform(seed, 0, -1, 1, t);
    return t;
  }

  /** Returns the rate as one line of JSON. */
  public String json() {
    return String.format(
        Locale.ROOT,
        "{\"workload\": \"sgemm\", \"size\": %d, \"threads\": %d, \"gflops\": %.2f,"
            + " \"peak_gflops\": %s}",
        size,
        threads,
        gflops,
        Double.isNaN(peakGflops) ? "null" : String.format(Locale.ROOT, "%.2f", peakGflops));
  }
}
