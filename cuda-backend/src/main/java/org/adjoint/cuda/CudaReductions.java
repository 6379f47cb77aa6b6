package org.adjoint.cuda;

import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Reductions of one axis by the kernels of {@code reductions.ptx}, which says which kernel and
 * which chunks a shape has. float64 is the reference's business.
 */
final class CudaReductions implements ReductionKernels {
  private static final String FILE = "reductions.ptx";
  private static final int WARP = 32;
  private static final int WARPS = 8;
  private static final int THREADS = WARP * WARPS;

  /** The longest row of a warp. */
  private static final int WARP_ROW = 1024;

  private static final int ROW_CHUNK = 16384;
  private static final int COLUMN_CHUNK = 2048;
  private static final int MOST = 65535;

  private final CudaDevice device;
  private final ReductionKernels host;

  CudaReductions(CudaDevice device, ReductionKernels host) {
    this.device = device;
    this.host = host;
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
    if (x.dtype() != DType.F32) {
      host.reduce(op, x, axis, out);
      return;
    }
    Around around = Around.of(x, axis);
    String name = op == ReduceOp.MEAN ? ReduceOp.SUM.label() : op.label();
    float divisor = op == ReduceOp.MEAN ? around.n() : 1;
    Tensor from = x;
    int n = around.n();
    while (true) {
      int chunk = chunk(around.inner(), n);
      int chunks = Math.max(1, (n + chunk - 1) / chunk);
      if (chunks == 1) {
        launch(name, out, from, around, n, chunk, 1, divisor);
        return;
      }
      Shape shape = Shape.of(around.outer(), chunks, around.inner());
      Tensor parts = Tensor.result(device, DType.F32, shape);
      launch(name, parts, from, around, n, chunk, chunks, 1);
      from = parts;
      n = chunks;
    }
  }

  private static int chunk(int inner, int n) {
    return inner > 1 ? COLUMN_CHUNK : n <= WARP_ROW ? Math.max(1, n) : ROW_CHUNK;
  }

  private void launch(
      String op, Tensor y, Tensor x, Around a, int n, int chunk, int chunks, float divisor) {
    Launch launch = device.launch().tensor(y).tensor(x).integer(a.outer()).integer(n);
    if (a.inner() > 1) {
      int blocks = (a.inner() + WARP - 1) / WARP;
      launch
          .integer(a.inner())
          .integer(chunk)
          .integer(chunks)
          .number(divisor)
          .run(
              device.kernel(FILE, op + "_columns_f32"),
              new Geometry(
                  blocks, Math.min(MOST, chunks), Math.min(MOST, a.outer()), WARP, WARPS, 1, 0));
      return;
    }
    launch.integer(chunk).integer(chunks).number(divisor);
    if (n <= WARP_ROW) {
      launch.run(
          device.kernel(FILE, op + "_warps_f32"), Geometry.warps(a.outer(), device.blocks()));
    } else {
      int most = device.blocks();
      int blocks = (int) Math.min(most, (long) a.outer() * chunks);
      launch.run(device.kernel(FILE, op + "_rows_f32"), Geometry.of(blocks, THREADS));
    }
  }

  @Override
  public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
    if (x.dtype() != DType.F32) {
      host.scan(op, reverse, x, axis, out);
      return;
    }
    Around a = Around.of(x, axis);
    device
        .launch()
        .tensor(out)
        .tensor(x)
        .integer(a.outer())
        .integer(a.n())
        .integer(a.inner())
        .integer(reverse ? 1 : 0)
        .run(
            device.kernel(FILE, "scan_" + op.label() + "_f32"),
            Geometry.covering(a.lines(), THREADS, device.blocks()));
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
    if (x.dtype() != DType.F32) {
      host.argReduce(largest, x, axis, out);
      return;
    }
    Around a = Around.of(x, axis);
    device
        .launch()
        .tensor(out)
        .tensor(x)
        .integer(a.outer())
        .integer(a.n())
        .integer(a.inner())
        .number(largest ? 1 : -1)
        .run(device.kernel(FILE, "arg_reduce_f32"), Geometry.warps(out.size(), device.blocks()));
  }
}
