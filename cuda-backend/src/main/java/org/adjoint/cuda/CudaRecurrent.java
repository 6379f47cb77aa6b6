package org.adjoint.cuda;

import java.lang.ref.Reference;
import java.util.Optional;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentKernels;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent networks step by step: a product with W_hh and a kernel of {@code recurrent.ptx}, in
 * turn; and the recursion over labels of {@code ctc.ptx}. float64 is the reference's business.
 */
final class CudaRecurrent implements RecurrentKernels {
  private static final String FILE = "recurrent.ptx";
  private static final String CTC = "ctc.ptx";
  private static final int THREADS = 256;

  /** Steps that one copy puts the bias in place for, where cuBLAS adds the products to it. */
  private static final int AHEAD = 16;

  /** Which of the numbers that an LSTM saves is its state c. */
  private static final int CELL = 4;

  private final CudaDevice device;
  private final ElementwiseKernels elementwise;
  private final MatmulKernels matmul;
  private final RecurrentKernels host;

  CudaRecurrent(
      CudaDevice device,
      ElementwiseKernels elementwise,
      MatmulKernels matmul,
      RecurrentKernels host) {
    this.device = device;
    this.elementwise = elementwise;
    this.matmul = matmul;
    this.host = host;
  }

  @Override
  public void recurrent(
      RecurrentSpec spec,
      Tensor x,
      Tensor initial,
      Tensor w,
      @Nullable Tensor bias,
      @Nullable Tensor lengths,
      Tensor saved,
      Tensor states) {
    if (x.dtype() != DType.F32) {
      host.recurrent(spec, x, initial, w, bias, lengths, saved, states);
      return;
    }
    RecurrentCell cell = spec.cell();
    int steps = x.dim(0);
    int n = x.dim(1);
    int units = w.dim(1);
    CudaDriver.Function kernel = device.kernel(FILE, cell.label() + "_step_f32");
    Geometry geometry = Geometry.covering((long) n * units, THREADS, device.blocks());
    elementwise.copy(initial.select(0, 0), states.select(0, spec.firstRow(steps)));
    Optional<CudaBlas> blas = bias == null ? Optional.empty() : device.blas();
    int ahead = blas.isPresent() ? Math.clamp(steps, 1, AHEAD) : 1;
    Tensor products = Tensor.result(device, DType.F32, Shape.of(ahead, n, w.dim(0)));
    for (int s = 0; s < steps; s++) {
      int t = spec.step(s, steps);
      Tensor before = states.select(0, spec.rowBefore(t));
      Tensor a = products.select(0, s % ahead);
      if (bias == null || blas.isEmpty() || a.size() == 0) {
        matmul.matmul(before, false, w, true, bias, a);
      } else {
        if (s % ahead == 0) {
          elementwise.copy(bias.expand(products.shape()), products);
        }
        add(blas.get(), before, w, a);
      }
      Launch launch = device.launch().tensor(states.select(0, spec.row(t)));
      optional(launch, cell.saved() == 0 ? null : saved.select(0, t))
          .tensor(x.select(0, t))
          .tensor(a)
          .tensor(before);
      cell(launch, spec, s, steps, initial, saved);
      optional(launch, lengths)
          .integer(n)
          .integer(units)
          .integer(t)
          .integer(s == 0 ? units : cell.saved() * units)
          .run(kernel, geometry);
    }
    if (cell == RecurrentCell.LSTM) {
      Tensor last =
          steps == 0 ? initial.select(0, 1) : cellOf(saved, spec.step(steps - 1, steps), units);
      elementwise.copy(last, states.select(0, steps + 1));
    }
  }

  /** a += h·wᵀ: cuBLAS adds to what is there. */
  private static void add(CudaBlas blas, Tensor h, Tensor w, Tensor a) {
    try {
      blas.multiply(
          new CudaBlas.Product(
              false,
              true,
              a.dim(0),
              a.dim(1),
              w.dim(1),
              CudaDevice.address(h),
              0,
              CudaDevice.address(w),
              0,
              1,
              CudaDevice.address(a),
              1));
    } finally {
      Reference.reachabilityFence(h);
      Reference.reachabilityFence(w);
    }
  }

  /** Adds the address of c before the s-th step, or 0 for cells without one. */
  private static Launch cell(
      Launch launch, RecurrentSpec spec, int s, int steps, Tensor initial, Tensor saved) {
    if (spec.cell() != RecurrentCell.LSTM) {
      return launch.address(0);
    }
    int units = initial.dim(2);
    return launch.tensor(
        s == 0 ? initial.select(0, 1) : cellOf(saved, spec.step(s - 1, steps), units));
  }

  /** Returns c after step t, as it was saved. */
  private static Tensor cellOf(Tensor saved, int t, int units) {
    return saved.select(0, t).slice(1, CELL * units, (CELL + 1) * units);
  }

  private static Launch optional(Launch launch, @Nullable Tensor t) {
    return t == null ? launch.address(0) : launch.tensor(t);
  }

  @Override
  public void recurrentGradient(
      RecurrentSpec spec,
      Tensor states,
      Tensor saved,
      Tensor initial,
      Tensor w,
      @Nullable Tensor lengths,
      Tensor dstates,
      Tensor dx,
      @Nullable Tensor dhidden,
      Tensor dinitial) {
    if (dx.dtype() != DType.F32) {
      host.recurrentGradient(
          spec, states, saved, initial, w, lengths, dstates, dx, dhidden, dinitial);
      return;
    }
    RecurrentCell cell = spec.cell();
    boolean lstm = cell == RecurrentCell.LSTM;
    int steps = dx.dim(0);
    int n = dx.dim(1);
    int units = w.dim(1);
    CudaDriver.Function kernel = device.kernel(FILE, cell.label() + "_step_gradient_f32");
    Geometry geometry = Geometry.covering((long) n * units, THREADS, device.blocks());
    Tensor direct = dinitial.select(0, 0);
    elementwise.fill(0, direct);
    Tensor through = Tensor.result(device, DType.F32, Shape.of(n, units));
    elementwise.fill(0, through);
    Tensor dc = lstm ? dinitial.select(0, 1) : null;
    if (dc != null) {
      elementwise.copy(dstates.select(0, steps + 1), dc);
    }
    for (int s = steps - 1; s >= 0; s--) {
      int t = spec.step(s, steps);
      Tensor step = dx.select(0, t);
      Tensor da = dhidden == null ? step : dhidden.select(0, t);
      Launch launch = device.launch().tensor(step).tensor(da).tensor(direct);
      optional(launch, dc).tensor(through).tensor(dstates.select(0, spec.row(t)));
      optional(launch, cell.saved() == 0 ? null : saved.select(0, t))
          .tensor(states.select(0, spec.rowBefore(t)))
          .tensor(states.select(0, spec.row(t)));
      cell(launch, spec, s, steps, initial, saved);
      optional(launch, lengths)
          .integer(n)
          .integer(units)
          .integer(t)
          .integer(s == 0 ? units : cell.saved() * units)
          .run(kernel, geometry);
      matmul.matmul(da, false, w, false, null, through);
    }
    elementwise.binary(BinaryOp.ADD, direct, through, direct);
    elementwise.binary(BinaryOp.ADD, direct, dstates.select(0, spec.firstRow(steps)), direct);
  }

  @Override
  public void ctc(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses) {
    if (x.dtype() != DType.F32) {
      host.ctc(x, targets, inputLengths, targetLengths, blank, alphas, losses);
      return;
    }
    Launch launch = device.launch().tensor(alphas).tensor(losses).tensor(x).tensor(targets);
    paths(launch.tensor(inputLengths).tensor(targetLengths), x, targets, blank)
        .run(device.kernel(CTC, "ctc_f32"), sequences(x));
  }

  @Override
  public void ctcGradient(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses,
      Tensor dlosses,
      Tensor dx) {
    if (x.dtype() != DType.F32) {
      host.ctcGradient(x, targets, inputLengths, targetLengths, blank, alphas, losses, dlosses, dx);
      return;
    }
    Tensor scratch = Tensor.result(device, DType.F32, Shape.of(x.dim(1), 3, places(targets) + 2));
    Launch launch = device.launch().tensor(dx).tensor(scratch).tensor(x).tensor(targets);
    launch.tensor(inputLengths).tensor(targetLengths).tensor(alphas).tensor(losses);
    paths(launch.tensor(dlosses), x, targets, blank)
        .run(device.kernel(CTC, "ctc_gradient_f32"), sequences(x));
  }

  /** The places of a row: blanks and labels in turn, behind two that are never reached. */
  private static int places(Tensor targets) {
    return 2 * targets.dim(1) + 3;
  }

  private static Launch paths(Launch launch, Tensor x, Tensor targets, int blank) {
    return launch
        .integer(x.dim(0))
        .integer(x.dim(1))
        .integer(x.dim(2))
        .integer(places(targets))
        .integer(blank);
  }

  /** A block a sequence. */
  private Geometry sequences(Tensor x) {
    return Geometry.of(Math.clamp(x.dim(1), 1, device.blocks()), THREADS);
  }
}
