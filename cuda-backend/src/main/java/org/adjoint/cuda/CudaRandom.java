package org.adjoint.cuda;

import org.adjoint.kernels.RandomKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Random draws by the kernels of {@code random.ptx}. float64 is the reference's business. */
final class CudaRandom implements RandomKernels {
  private static final String FILE = "random.ptx";
  private static final int THREADS = 256;

  /** Words of a block of Philox, which one thread draws. */
  private static final int WORDS = 4;

  private static final double STEPS = 0x1p24;

  private final CudaDevice device;
  private final RandomKernels host;

  CudaRandom(CudaDevice device, RandomKernels host) {
    this.device = device;
    this.host = host;
  }

  @Override
  public void uniform(long seed, long offset, double low, double high, Tensor out) {
    if (out.dtype() != DType.F32) {
      host.uniform(seed, offset, low, high, out);
      return;
    }
    launch(seed, offset, out)
        .number((float) (high - low))
        .number((float) low)
        .number(Math.nextDown((float) high))
        .changing()
        .run(device.kernel(FILE, "uniform_f32"), geometry(out));
  }

  @Override
  public void normal(long seed, long offset, double mean, double deviation, Tensor out) {
    if (out.dtype() != DType.F32) {
      host.normal(seed, offset, mean, deviation, out);
      return;
    }
    launch(seed, offset, out)
        .number((float) deviation)
        .number((float) mean)
        .changing()
        .run(device.kernel(FILE, "normal_f32"), geometry(out));
  }

  @Override
  public void bernoulli(long seed, long offset, double probability, Tensor out) {
    if (out.dtype() != DType.F32) {
      host.bernoulli(seed, offset, probability, out);
      return;
    }
    launch(seed, offset, out)
        .integer((int) Math.ceil(probability * STEPS))
        .changing()
        .run(device.kernel(FILE, "bernoulli_f32"), geometry(out));
  }

  @Override
  public void permutation(long seed, long offset, Tensor out) {
    launch(seed, offset, out)
        .changing()
        .run(device.kernel(FILE, "permutation_i32"), Geometry.of(1, THREADS));
  }

  private Launch launch(long seed, long offset, Tensor out) {
    return device.launch().tensor(out).wide(seed).wide(offset).integer(out.size());
  }

  private Geometry geometry(Tensor out) {
    return Geometry.covering((out.size() + WORDS - 1L) / WORDS + 1, THREADS, device.blocks());
  }
}
