package org.adjoint.autograd.check;

import java.util.Arrays;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * An operand of a case.
 *
 * @param name the operand as the formula calls it
 * @param role what it is to the op
 * @param integer whether it holds int32 indices, else numbers of the type under check
 * @param shape its shape
 * @param view how its elements lie in memory
 * @param values the recipe of its elements
 */
public record Input(
    String name, Role role, boolean integer, Shape shape, View view, Values values) {

  /** What an operand is to its op. */
  public enum Role {
    /** Its gradient is checked. */
    DIFFERENTIABLE,
    /** An operand without a gradient. */
    PLAIN,
    /** A setting that happens to be a tensor: labels, indices, running statistics. */
    SETTING
  }

  /** How elements lie in memory. */
  public enum View {
    /** Densely in row-major order. */
    DENSE,
    /** Every second element along the last axis of a larger buffer, from the second on. */
    STRIDED,
    /** Densely in column-major order: the axes of a dense tensor reversed. */
    REVERSED
  }

  /** Returns the elements in row-major order. */
  double[] draw(String caseId, int position) {
    // 64-bit FNV-1a of the case, so that cases do not share operands.
    long h = 0xCBF29CE484222325L;
    for (int i = 0; i < caseId.length(); i++) {
      h = (h ^ caseId.charAt(i)) * 0x100000001B3L;
    }
    return values.draw(h + position * 0x632BE59BD9B4E019L, shape.size());
  }

  /** Returns a tensor of these elements that no scope owns, laid out as {@link #view} says. */
  Tensor place(double[] elements, Device device, DType floating) {
    DType dtype = integer ? DType.I32 : floating;
    int rank = shape.rank();
    if (view == View.DENSE || rank == 0) {
      return upload(elements, device, dtype, shape);
    }
    if (view == View.STRIDED) {
      int n = shape.dim(-1);
      Shape wide = shape.with(rank - 1, 2 * n + 1);
      Tensor buffer = upload(new double[wide.size()], device, dtype, wide);
      Tensor t = buffer.slice(-1, 1, 2 * n + 1, 2);
      scatter(elements, t);
      return t;
    }
    int[] order = new int[rank];
    Arrays.setAll(order, i -> rank - 1 - i);
    int[] dims = new int[rank];
    Arrays.setAll(dims, i -> shape.dim(rank - 1 - i));
    Shape turned = Shape.of(dims);
    Tensor t = upload(new double[shape.size()], device, dtype, turned).permute(order);
    scatter(elements, t);
    return t;
  }

  private static Tensor upload(double[] elements, Device device, DType dtype, Shape shape) {
    return upload(elements, Tensor.owned(device, dtype, shape));
  }

  private static void scatter(double[] elements, Tensor view) {
    int[] positions = view.layout().positions();
    Layout whole = Layout.contiguous(Shape.of(view.storage().size()));
    double[] all = view.view(whole).toDoubleArray();
    for (int i = 0; i < positions.length; i++) {
      all[positions[i]] = elements[i];
    }
    upload(all, view.view(whole));
  }

  /** Overwrites the elements of a dense tensor. */
  static Tensor upload(double[] elements, Tensor dense) {
    Object array =
        switch (dense.dtype()) {
          case F64 -> elements;
          case F32 -> floats(elements);
          case I32 -> integers(elements);
        };
    dense.device().upload(array, 0, dense.storage(), dense.layout().offset(), elements.length);
    return dense;
  }

  private static float[] floats(double[] v) {
    float[] f = new float[v.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) v[i];
    }
    return f;
  }

  private static int[] integers(double[] v) {
    int[] r = new int[v.length];
    for (int i = 0; i < r.length; i++) {
      r[i] = (int) v[i];
    }
    return r;
  }
}
