package org.adjoint.cuda;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.RowView;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * Element-wise kernels: an entry for each function and each gradient, in {@code unary.ptx}, {@code
 * binary.ptx} and beside them; any other expression is interpreted by the one in {@code map.ptx}.
 * float64 is the reference's business.
 */
final class CudaElementwise implements ElementwiseKernels {
  private static final String FILE = "elementwise.ptx";
  private static final int THREADS = 256;
  private static final double[] NONE = {};
  private static final Set<BinaryOp> LOGICAL =
      EnumSet.of(BinaryOp.LOGICAL_AND, BinaryOp.LOGICAL_OR, BinaryOp.LOGICAL_XOR);

  /**
   * An entry that computes an expression.
   *
   * @param file its text
   * @param name its name
   * @param operands how many it takes
   * @param parameters whether it takes alpha and beta
   */
  private record Entry(String file, String name, int operands, boolean parameters) {}

  /** The values and gradients of the operations, which are always the same objects. */
  private static final IdentityHashMap<Expr, Entry> KNOWN = known();

  private final CudaDevice device;
  private final ElementwiseKernels host;
  private final MapPrograms programs;

  CudaElementwise(CudaDevice device, ElementwiseKernels host) {
    this.device = device;
    this.host = host;
    programs = new MapPrograms(device);
  }

  private static IdentityHashMap<Expr, Entry> known() {
    IdentityHashMap<Expr, Entry> known = new IdentityHashMap<>();
    Set<String> unary = Texts.entries("unary.ptx");
    Set<String> unaryGradients = Texts.entries("unary_gradients.ptx");
    Set<String> binary = Texts.entries("binary.ptx");
    Set<String> binaryGradients = Texts.entries("binary_gradients.ptx");
    for (UnaryOp op : UnaryOp.values()) {
      String name = op.label() + "_f32";
      String gradient = op.label() + "_gradient_f32";
      put(known, op.value(), unary, new Entry("unary.ptx", name, 1, true));
      put(known, op.vjp(), unaryGradients, new Entry("unary_gradients.ptx", gradient, 3, true));
    }
    for (BinaryOp op : BinaryOp.values()) {
      put(known, op.value(), binary, new Entry("binary.ptx", op.label() + "_f32", 2, false));
      for (int side = 0; op.isDifferentiable() && side < 2; side++) {
        String name = op.label() + "_gradient_" + "ab".charAt(side) + "_f32";
        Entry entry = new Entry("binary_gradients.ptx", name, 3, false);
        put(known, op.vjp(side), binaryGradients, entry);
      }
    }
    return known;
  }

  private static void put(
      IdentityHashMap<Expr, Entry> known, Expr f, Set<String> written, Entry entry) {
    if (written.contains(entry.name())) {
      known.put(f, entry);
    }
  }

  @Override
  public void fill(double value, Tensor out) {
    StridedAxes axes = new StridedAxes(out, out);
    if (out.dtype() == DType.F64 || !axes.fits()) {
      host.fill(value, out);
      return;
    }
    int bits = out.dtype() == DType.I32 ? (int) value : Float.floatToRawIntBits((float) value);
    if (out.isContiguous()) {
      device.stream().fill(CudaDevice.address(out), bits, out.size());
      return;
    }
    Launch launch = device.launch().tensor(out).integer(out.size());
    axes.outStrides(axes.extents(launch)).integer(bits);
    launch.run(device.kernel(FILE, "fill_b32"), flat(out.size()));
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    StridedAxes axes = new StridedAxes(out, x);
    if (x.dtype() == DType.F64 || out.dtype() == DType.F64 || !axes.fits()) {
      host.copy(x, out);
      return;
    }
    if (x.dtype() == out.dtype() && x.isContiguous() && out.isContiguous()) {
      long bytes = (long) out.size() * out.dtype().bytes();
      device.stream().copy(CudaDevice.address(out), CudaDevice.address(x), bytes);
      return;
    }
    String entry =
        x.dtype() == out.dtype()
            ? "copy_b32"
            : x.dtype() == DType.F32 ? "convert_f32_i32" : "convert_i32_f32";
    Launch launch = device.launch().tensor(out).tensor(x).integer(out.size());
    axes.strides(axes.outStrides(axes.extents(launch)));
    launch.run(device.kernel(FILE, entry), flat(out.size()));
  }

  @Override
  public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
    if (out.dtype() == DType.F64) {
      host.unary(op, x, alpha, beta, out);
    } else {
      map(op.value(), new double[] {alpha, beta}, out, x);
    }
  }

  @Override
  public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
    switch (out.dtype()) {
      case F32 -> map(op.value(), NONE, out, a, b);
      case F64 -> host.binary(op, a, b, out);
      case I32 -> compare(op, a, b, out);
    }
  }

  @Override
  public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    if (out.dtype() == DType.F64) {
      host.where(condition, a, b, out);
    } else {
      run(new Entry(FILE, "where_f32", 3, false), 0, 0, out, condition, a, b);
    }
  }

  @Override
  public void map(Expr f, double[] parameters, Tensor out, Tensor... operands) {
    if (out.dtype() == DType.F64) {
      host.map(f, parameters, out, operands);
      return;
    }
    // Only the interpreter reads numbers that change from launch to launch of a graph.
    Entry entry = device.launch().isChanging() ? null : KNOWN.get(f);
    if (entry != null && operands.length >= entry.operands()) {
      double alpha = parameters.length > 0 ? parameters[0] : 0;
      double beta = parameters.length > 1 ? parameters[1] : 0;
      Tensor[] used =
          operands.length == entry.operands()
              ? operands
              : Arrays.copyOf(operands, entry.operands());
      run(entry, alpha, beta, out, used);
      return;
    }
    Optional<Tensor> program = programs.of(f);
    if (program.isEmpty()) {
      host.map(f, parameters, out, operands);
    } else {
      interpret(program.get(), f, parameters, out, operands);
    }
  }

  private void interpret(
      Tensor program, Expr f, double[] parameters, Tensor out, Tensor... operands) {
    RowView view = RowView.of(out, operands);
    Launch launch = device.launch().tensor(out).tensor(program);
    int used = f.operandCount();
    for (int i = 0; i < used; i++) {
      launch.tensor(operands[i]).integer(view.rowStride(i)).integer(view.colStride(i));
    }
    launch.skip((MapPrograms.OPERANDS - used) * 2 * Long.BYTES);
    int numbers = f.parameterCount();
    for (int i = 0; i < numbers; i++) {
      launch.number((float) parameters[i]);
    }
    launch
        .skip((MapPrograms.NUMBERS - numbers) * Float.BYTES)
        .integer(view.rows())
        .integer(view.cols())
        .changing()
        .run(device.kernel("map.ptx", "map_f32"), matrix(view));
  }

  /** Comparisons and logical operations of int32: which of their outcomes count as true. */
  private void compare(BinaryOp op, Tensor a, Tensor b, Tensor out) {
    int less = 1;
    int equal = 2;
    int greater = 4;
    int mask =
        switch (op) {
          case EQ -> equal;
          case NE -> less | greater;
          case LT -> less;
          case LE -> less | equal;
          case GT -> greater;
          case GE -> equal | greater;
          case LOGICAL_AND -> 0b1000;
          case LOGICAL_OR -> 0b1110;
          case LOGICAL_XOR -> 0b0110;
          default -> throw new IllegalStateException("cuda: " + op + " of int32");
        };
    boolean logical = LOGICAL.contains(op);
    RowView view = RowView.of(out, a, b);
    arguments(view, out, a, b)
        .integer(mask)
        .run(device.kernel(FILE, logical ? "logical_i32" : "compare_i32"), matrix(view));
  }

  private void run(Entry entry, double alpha, double beta, Tensor out, Tensor... operands) {
    RowView view = RowView.of(out, operands);
    Launch launch = arguments(view, out, operands);
    if (entry.parameters()) {
      launch.number((float) alpha).number((float) beta);
    }
    launch.run(device.kernel(entry.file(), entry.name()), matrix(view));
  }

  /** Addresses, extents, and the strides of each operand. */
  private Launch arguments(RowView view, Tensor out, Tensor... operands) {
    Launch launch = device.launch().tensor(out);
    for (Tensor x : operands) {
      launch.tensor(x);
    }
    launch.integer(view.rows()).integer(view.cols());
    for (int i = 0; i < operands.length; i++) {
      launch.integer(view.rowStride(i)).integer(view.colStride(i));
    }
    return launch;
  }

  // ---- geometry -----------------------------------------------------------------------------

  private Geometry flat(int n) {
    return Geometry.covering(n, THREADS, device.blocks());
  }

  private Geometry matrix(RowView view) {
    return Geometry.matrix(view.rows(), view.cols(), device.blocks());
  }
}
