package org.adjoint.autograd.check;

import java.util.List;

/**
 * Offers cases to the {@link Catalogue}; found by {@link java.util.ServiceLoader}. Whoever writes
 * an op lists it here, and gradient check, backend comparison and the published table include it:
 *
 * <pre>{@code
 * public final class MyCases implements OpCases {
 *   public List<OpCase> cases() {
 *     return List.of(
 *         OpCase.of("cube", "y = x^3", "dx = dy * 3 x^2")
 *             .input("x", Values.between(-2, 2), 3, 4)
 *             .applying(in -> Cube.cube(in[0])));
 *   }
 * }
 * }</pre>
 */
public interface OpCases {
  /** Returns the cases, always the same ones in the same order. */
  List<OpCase> cases();
}
