package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A user's kernel in the place of a backend's. */
class UserKernelTest {
  private record Mine(String name, String op, UnaryOperator<Kernels> placed) implements UserKernel {
    @Override
    public Kernels over(Kernels kernels) {
      return placed.apply(kernels);
    }
  }

  private final Backend reference = new ReferenceBackend();

  /** A softmax that gives sevens. */
  private static Kernels sevens(Kernels kernels) {
    return new ForwardingKernels(kernels) {
      @Override
      public SoftmaxKernels softmax() {
        return new ForwardingKernels.Softmax(kernels.softmax()) {
          @Override
          public void softmax(Tensor x, Tensor y) {
            kernels.elementwise().fill(7, y);
          }
        };
      }
    };
  }

  @Test
  void oneOperationIsReplacedAndTheOthersAreTheBackends() {
    Backend device = reference.with(new Mine("sevens", "softmax", UserKernelTest::sevens));
    assertEquals("reference+sevens", device.name());
    assertNotSame(reference, device);
    Tensor x = Tensor.of(device, new float[] {1, 2}, 2);
    Tensor y = Tensor.zeros(device, DType.F32, 2);
    device.kernels().softmax().softmax(x, y);
    assertArrayEquals(new float[] {7, 7}, y.toFloatArray());
    device.kernels().softmax().logSoftmax(x, y);
    assertEquals(-1.3132616f, y.toFloatArray()[0], 1e-6f);
    Kernels kernels = device.kernels();
    assertTrue(
        kernels.implementation(Kernels.Family.SOFTMAX).startsWith("UserKernelTest$"),
        kernels.implementation(Kernels.Family.SOFTMAX));
    assertEquals("ReferenceMatmul", kernels.implementation(Kernels.Family.MATMUL));
  }

  @Test
  void argumentsAreCheckedBeforeAUsersKernelSeesThem() {
    Backend device = reference.with(new Mine("sevens", "softmax", UserKernelTest::sevens));
    Tensor x = Tensor.zeros(device, DType.F32, 2);
    Tensor y = Tensor.zeros(device, DType.F32, 3);
    assertThrows(
        org.adjoint.tensor.ShapeException.class, () -> device.kernels().softmax().softmax(x, y));
    assertThrows(
        org.adjoint.tensor.DeviceException.class,
        () -> reference.kernels().softmax().softmax(x, x));
  }

  @Test
  void aLambdaBearsTheNameOfTheClassAroundIt() {
    Backend device =
        reference.with(
            new Mine(
                "nothing",
                "matmul",
                to ->
                    new ForwardingKernels(to) {
                      @Override
                      public MatmulKernels matmul() {
                        return (a, ta, b, tb, bias, out) -> {};
                      }
                    }));
    String kernel = device.kernels().implementation(Kernels.Family.MATMUL);
    assertTrue(kernel.startsWith("UserKernelTest$") && !kernel.contains("Lambda"), kernel);
  }

  @Test
  void nothingAndTwoFamiliesAreRefused() {
    UserKernel nothing = new Mine("nothing", "softmax", kernels -> kernels);
    assertThrows(ArgumentException.class, () -> reference.with(nothing));
    UserKernel all = new Mine("all", "softmax", k -> new TracingKernels(k, _ -> {}));
    String said = assertThrows(ArgumentException.class, () -> reference.with(all)).getMessage();
    assertTrue(said.contains("all replaces [ELEMENTWISE"), said);
  }

  /** A replay asks for the expression of an operation, and means the operation. */
  @Test
  void anExpressionOfOneOperationGoesToItsMethod() {
    List<String> seen = new ArrayList<>();
    UserKernel watching =
        new Mine(
            "watching",
            "exp",
            to ->
                new ForwardingKernels(to) {
                  @Override
                  public ElementwiseKernels elementwise() {
                    return new ForwardingKernels.Elementwise(to.elementwise()) {
                      @Override
                      public void unary(UnaryOp op, Tensor x, double a, double b, Tensor out) {
                        seen.add(op.label() + " " + a + " " + b);
                        super.unary(op, x, a, b, out);
                      }

                      @Override
                      public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
                        seen.add(op.label());
                        super.binary(op, a, b, out);
                      }
                    };
                  }
                });
    Backend device = reference.with(watching);
    ElementwiseKernels kernels = device.kernels().elementwise();
    Tensor x = Tensor.of(device, new float[] {3}, 1);
    Tensor y = Tensor.zeros(device, DType.F32, 1);
    kernels.map(UnaryOp.CLAMP.value(), new double[] {1, 2}, y, x);
    assertEquals(2, y.get(0));
    kernels.map(UnaryOp.SQUARE.value(), new double[0], y, x);
    assertEquals(9, y.get(0));
    kernels.map(BinaryOp.ADD.value(), new double[0], y, x, x);
    assertEquals(6, y.get(0));
    kernels.map(Expr.x().plus(Expr.x()).plus(Expr.x()), new double[0], y, x);
    assertEquals(9, y.get(0));
    assertEquals(List.of("clamp 1.0 2.0", "square 0.0 0.0", "add"), seen);
  }

  /** Forwarding classes hand on every method: all calls arrive where they were sent. */
  @Test
  void everyCallIsForwarded() {
    List<TracingKernels.Call> calls = new ArrayList<>();
    TracingKernels traced = new TracingKernels(reference.kernels(), calls::add);
    EveryKernel.call(reference, new Forwarding(traced));
    assertEquals(EveryKernel.CALLS, calls.size());
  }

  /** All families forwarded twice: as families, and method by method. */
  private static final class Forwarding extends ForwardingKernels {
    Forwarding(Kernels to) {
      super(to);
    }

    @Override
    public ElementwiseKernels elementwise() {
      return new ForwardingKernels.Elementwise(super.elementwise()) {};
    }

    @Override
    public ReductionKernels reductions() {
      return new ForwardingKernels.Reduction(super.reductions()) {};
    }

    @Override
    public ConvolutionKernels convolutions() {
      return new ForwardingKernels.Convolution(super.convolutions()) {};
    }

    @Override
    public SoftmaxKernels softmax() {
      return new ForwardingKernels.Softmax(super.softmax()) {};
    }

    @Override
    public NormKernels norms() {
      return new ForwardingKernels.Norm(super.norms()) {};
    }

    @Override
    public RecurrentKernels recurrent() {
      return new ForwardingRecurrent(super.recurrent()) {};
    }

    @Override
    public IndexingKernels indexing() {
      return new ForwardingKernels.Indexing(super.indexing()) {};
    }

    @Override
    public RandomKernels random() {
      return new ForwardingKernels.Random(super.random()) {};
    }

    @Override
    public UpdateKernels updates() {
      return new ForwardingKernels.Update(super.updates()) {};
    }
  }
}
