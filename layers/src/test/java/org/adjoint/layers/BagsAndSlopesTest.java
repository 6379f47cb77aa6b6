package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Bags of embeddings and learned slopes; their values against PyTorch's are in the catalogue. */
final class BagsAndSlopesTest {
  private static final Backend CPU = Backends.get("reference");

  private static Setup setup() {
    return Setup.of(CPU, DType.F64, 1);
  }

  private static double[] values(Variable v) {
    return v.value().toDoubleArray();
  }

  @Test
  void aBagIsReduced() {
    EmbeddingBag sum = new EmbeddingBag(setup(), 4, 2, ReduceOp.SUM);
    double[] w = sum.weight().value().toDoubleArray();
    double[] expected = {w[0] + w[6], w[1] + w[7]};
    Variable bag = Variable.of(Tensor.of(CPU, new int[] {0, 3}, 1, 2));
    assertArrayEquals(expected, values(sum.forward(bag)), 1e-15);
    Tensor list = Tensor.of(CPU, new int[] {0, 3, 1}, 3);
    double[] two = {expected[0], expected[1], w[2], w[3]};
    assertArrayEquals(two, values(sum.forward(list, 0, 2)), 1e-15);
    assertEquals("EmbeddingBag(4, 2, sum)", sum.toString());
    EmbeddingBag other = new EmbeddingBag(setup(), 4, 2, ReduceOp.PROD);
    assertThrows(ArgumentException.class, () -> other.forward(bag));
    assertThrows(ArgumentException.class, () -> new EmbeddingBag(setup(), 0, 2, ReduceOp.SUM));
    assertThrows(ArgumentException.class, () -> new EmbeddingBag(setup(), 4, 0, ReduceOp.SUM));
  }

  @Test
  void slopesBelowZero() {
    Variable x = Variable.of(Tensor.of(CPU, new double[] {-1, 2, -3, 4}, 2, 2));
    PRelu one = new PRelu(setup());
    assertArrayEquals(new double[] {-0.25, 2, -0.75, 4}, values(one.forward(x)));
    PRelu each = new PRelu(setup(), 2, 0.5);
    assertArrayEquals(new double[] {-0.5, 2, -1.5, 4}, values(each.forward(x)));
    each.forward(x).sum().backward();
    Tensor gradient = each.weight().variable().grad();
    assertEquals("[-4.  0.]", gradient == null ? "" : gradient.toString());
    assertEquals("PRelu(2)", each.toString());
    assertThrows(ArgumentException.class, () -> new PRelu(setup(), 0, 0.25));
  }
}
