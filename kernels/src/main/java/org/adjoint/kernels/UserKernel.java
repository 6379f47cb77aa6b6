package org.adjoint.kernels;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.ArgumentException;

/**
 * A kernel of your own in the place of a backend's. Name the class in {@code
 * META-INF/services/org.adjoint.kernels.UserKernel} of a jar, and {@code ./adjoint compare OP
 * --kernels JAR} verifies it, values and gradients, against the reference, and times it beside the
 * backend's own levels. In a program, {@link Backend#with} puts it in place:
 *
 * <pre>{@code
 * Backend mine = Backends.get("cpu").with(new MyMatmul());
 * }</pre>
 *
 * <p>A kernel sees what a backend sees: arguments are checked, and of a simple form; {@link
 * CheckedKernels} says which. On the CPU backend the numbers of a float32 tensor t are {@code
 * ((HeapStorage) t.storage()).floats()}, from {@code t.layout().offset()} on. Tensors may be
 * float32 or float64, the result of an element-wise operation may be an operand, and several
 * threads may call at once. A call that the kernel has no form for is handed on to the kernels that
 * it was put before.
 */
public interface UserKernel {
  /** Returns the name under which it appears in tables: {@code my_matmul}. */
  String name();

  /**
   * Returns the operation that it computes, as {@code ./adjoint check} calls it: {@code matmul}.
   * The other operations of that family are verified too, because the family is what it replaces.
   */
  String op();

  /**
   * Puts this kernel before others.
   *
   * @param kernels those of a backend; what is not replaced must be theirs, the same objects
   * @return kernels that differ in the family of {@link #op} only; {@link ForwardingKernels} helps
   */
  Kernels over(Kernels kernels);

  /**
   * Puts a kernel before others and makes sure that it keeps to its family; for backends.
   *
   * @throws ArgumentException if it does not replace exactly one family
   */
  static Kernels place(UserKernel kernel, Kernels kernels) {
    if (kernel.name() == null || kernel.name().isBlank()) {
      throw new ArgumentException(
          "UserKernel", "name", kernel.name(), "give " + kernel.getClass().getName() + " one");
    }
    Kernels placed = kernel.over(kernels);
    List<Kernels.Family> replaced = new ArrayList<>();
    for (Kernels.Family family : Kernels.Family.values()) {
      if (Kernels.of(placed, family) != Kernels.of(kernels, family)) {
        replaced.add(family);
      }
    }
    if (replaced.size() != 1) {
      throw new ArgumentException(
          "UserKernel",
          "over",
          kernel.name() + " replaces " + (replaced.isEmpty() ? "nothing" : replaced),
          "a kernel replaces one family; extend ForwardingKernels and override one method of it");
    }
    return placed;
  }
}
