package org.adjoint.cuda;

import org.adjoint.kernels.IndexingKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Reading and writing at computed places by the kernels of {@code indexing.ptx}; sums in the order
 * of the indices, so that they are always the same. float64 is the reference's business.
 */
final class CudaIndexing implements IndexingKernels {
  private static final String FILE = "indexing.ptx";
  private static final int THREADS = 256;

  /** From so many lines on, a thread each keeps the device busy. */
  private static final int MANY_LINES = 4096;

  private final CudaDevice device;
  private final IndexingKernels host;

  CudaIndexing(CudaDevice device, IndexingKernels host) {
    this.device = device;
    this.host = host;
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    if (isSingle(x)) {
      Launch launch = launch(out, x, index, Around.of(out, axis), x.dim(axis));
      launch.run(device.kernel(FILE, "gather_b32"), elements(out));
    } else {
      host.gather(x, axis, index, out);
    }
  }

  @Override
  public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
    if (isSingle(x)) {
      Launch launch = launch(out, x, index, Around.of(out, axis), x.dim(axis));
      launch.run(device.kernel(FILE, "index_select_b32"), elements(out));
    } else {
      host.indexSelect(x, axis, index, out);
    }
  }

  @Override
  public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
    if (isSingle(src)) {
      Around around = Around.of(src, axis);
      launch(out, src, index, around, out.dim(axis))
          .run(device.kernel(FILE, "scatter_b32"), lines(around));
    } else {
      host.scatter(src, axis, index, out);
    }
  }

  @Override
  public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
    if (!isSingle(src)) {
      host.scatterAdd(src, axis, index, out);
      return;
    }
    Around around = Around.of(src, axis);
    Launch launch = launch(out, src, index, around, out.dim(axis));
    if (around.lines() >= MANY_LINES) {
      launch.run(device.kernel(FILE, "scatter_add_lines_f32"), lines(around));
    } else {
      Geometry warps = Geometry.warps(out.size(), device.blocks());
      launch.run(device.kernel(FILE, "scatter_add_f32"), warps);
    }
  }

  @Override
  public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
    if (isSingle(src)) {
      Around around = Around.of(src, axis);
      int extent = out.dim(axis);
      launch(out, src, index, around, extent)
          .run(
              device.kernel(FILE, "index_add_f32"),
              Geometry.warps(around.outer() * extent, device.blocks()));
    } else {
      host.indexAdd(src, axis, index, out);
    }
  }

  @Override
  public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
    if (!isSingle(x)) {
      host.argSort(descending, x, axis, out);
      return;
    }
    Around around = Around.of(x, axis);
    device
        .launch()
        .tensor(out)
        .tensor(x)
        .integer(around.outer())
        .integer(around.n())
        .integer(around.inner())
        .integer(out.dim(axis))
        .integer(descending ? 1 : 0)
        .run(device.kernel(FILE, "arg_sort_f32"), elements(x));
  }

  @Override
  public void oneHot(Tensor index, Tensor out) {
    if (isSingle(out)) {
      device
          .launch()
          .tensor(out)
          .tensor(index)
          .integer(out.size())
          .integer(out.dim(-1))
          .run(device.kernel(FILE, "one_hot_f32"), elements(out));
    } else {
      host.oneHot(index, out);
    }
  }

  private static boolean isSingle(Tensor t) {
    return t.dtype() == DType.F32;
  }

  /** Result, source and index; the lines as the index sees them; the extent of the other tensor. */
  private Launch launch(Tensor out, Tensor from, Tensor index, Around around, int extent) {
    return device
        .launch()
        .tensor(out)
        .tensor(from)
        .tensor(index)
        .integer(around.outer())
        .integer(around.n())
        .integer(around.inner())
        .integer(extent);
  }

  private Geometry elements(Tensor t) {
    return Geometry.covering(t.size(), THREADS, device.blocks());
  }

  private Geometry lines(Around around) {
    return Geometry.covering(around.lines(), THREADS, device.blocks());
  }
}
