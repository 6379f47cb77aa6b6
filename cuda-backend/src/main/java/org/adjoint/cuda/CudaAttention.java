package org.adjoint.cuda;

import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention in tiles by the kernels of {@code attention.ptx}. float64 is the reference's business.
 */
final class CudaAttention implements AttentionKernels {
  private static final String FILE = "attention.ptx";
  private static final int WARP = 32;
  private static final int WARPS = 8;
  private static final int MOST_ROWS = 65535;
  private static final double STEPS = 0x1p24;

  private final CudaDevice device;
  private final AttentionKernels host;

  CudaAttention(CudaDevice device, AttentionKernels host) {
    this.device = device;
    this.host = host;
  }

  /** What all kernels are told; a tensor that one does not use is null. */
  private record Call(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor lse,
      @Nullable Tensor delta,
      @Nullable Tensor y,
      @Nullable Tensor dy) {}

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse) {
    if (q.dtype() == DType.F32) {
      run("attention_f32", y, q.dim(1), new Call(q, k, v, mask, key, spec, lse, null, null, null));
    } else {
      host.attention(q, k, v, mask, key, spec, y, lse);
    }
  }

  @Override
  public void attentionGradient(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      @Nullable Tensor key,
      AttentionSpec spec,
      Tensor y,
      Tensor lse,
      Tensor dy,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    if (q.dtype() != DType.F32) {
      host.attentionGradient(q, k, v, mask, key, spec, y, lse, dy, dq, dk, dv);
      return;
    }
    Shape rows = Shape.of(q.dim(0), q.dim(2), q.dim(1));
    Tensor delta = Tensor.result(device, DType.F32, rows);
    Call call = new Call(q, k, v, mask, key, spec, lse, delta, y, dy);
    run("attention_delta_f32", delta, q.dim(1), call);
    run("attention_gradient_query_f32", dq, q.dim(1), call);
    run("attention_gradient_key_f32", dk, k.dim(1), call);
    run("attention_gradient_value_f32", dv, k.dim(1), call);
  }

  /** Launches a kernel, a warp for each of its rows. */
  private void run(String entry, Tensor out, int rows, Call c) {
    Launch launch = device.launch().tensor(out).tensor(c.lse());
    optional(launch, c.delta()).tensor(c.q()).tensor(c.k()).tensor(c.v());
    optional(optional(optional(optional(launch, c.y()), c.dy()), c.mask()), c.key());
    int batch = c.q().dim(0);
    int heads = c.q().dim(2);
    launch
        .integer(batch)
        .integer(heads)
        .integer(c.q().dim(1))
        .integer(c.k().dim(1))
        .integer(c.q().dim(3))
        .integer(c.v().dim(3));
    strides(strides(strides(launch, c.q()), c.k()), c.v());
    for (int axis = 0; axis < 4; axis++) {
      launch.integer(c.mask() == null ? 0 : c.mask().layout().stride(axis));
    }
    AttentionSpec spec = c.spec();
    double keep = 1 - spec.dropout();
    launch
        .integer(spec.causal() ? 1 : 0)
        .integer(spec.past())
        .integer((int) Math.ceil(keep * STEPS))
        .number((float) spec.scale())
        .number((float) (1 / keep))
        .run(
            device.kernel(FILE, entry),
            new Geometry(
                Math.max(1, (rows + WARPS - 1) / WARPS),
                Math.clamp((long) batch * heads, 1, MOST_ROWS),
                1,
                WARP,
                WARPS,
                1,
                0));
  }

  private static Launch optional(Launch launch, @Nullable Tensor t) {
    return t == null ? launch.address(0) : launch.tensor(t);
  }

  /** From batch to batch, row to row and head to head. */
  private static Launch strides(Launch launch, Tensor t) {
    Layout l = t.layout();
    return launch.integer(l.stride(0)).integer(l.stride(1)).integer(l.stride(2));
  }
}
