package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ForwardingKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.kernels.UserKernel;
import org.adjoint.kernels.ptx.PtxException;
import org.adjoint.kernels.ptx.PtxFault;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.MemoryException;
import org.adjoint.tensor.Recorder;
import org.adjoint.tensor.ReleasedException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CudaDeviceTest {
  private final CudaBackend device = Sim.DEVICE;

  @Test
  void numbersComeBackAsTheyWent() {
    assertArrayEquals(
        new float[] {1, -0f, Float.NaN},
        Tensor.of(device, new float[] {1, -0f, Float.NaN}, 3).toFloatArray());
    assertArrayEquals(
        new double[] {Math.PI}, Tensor.of(device, new double[] {Math.PI}, 1).toDoubleArray());
    assertArrayEquals(new int[] {7, -9}, Tensor.of(device, new int[] {7, -9}, 2).toIntArray());
    assertEquals(0, Tensor.of(device, new float[0], 0).toFloatArray().length);
    Tensor moved = Tensor.of(device, new float[] {1, 2, 3, 4}, 2, 2).transpose(0, 1);
    assertArrayEquals(new float[] {1, 3, 2, 4}, moved.toFloatArray());
    assertArrayEquals(new float[] {1, 3, 2, 4}, moved.to(Backends.get("reference")).toFloatArray());
  }

  /** Copies go in pieces of four mebibytes, two of which are under way at a time. */
  @Test
  void copiesOfManyPieces() {
    for (int n : new int[] {(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_500_003}) {
      int[] values = new int[n];
      for (int i = 0; i < n; i++) {
        values[i] = i * 31;
      }
      assertArrayEquals(values, Tensor.of(device, values, n).toIntArray(), "" + n);
    }
  }

  @Test
  void copiesWithinTheDevice() {
    Tensor a = Tensor.of(device, new float[] {1, 2, 3, 4, 5}, 5);
    Tensor b = Tensor.zeros(device, DType.F32, 5);
    device.copy(a.storage(), 1, b.storage(), 2, 3);
    device.copy(a.storage(), 1, b.storage(), 0, 0);
    assertArrayEquals(new float[] {0, 0, 2, 3, 4}, b.toFloatArray());
    Tensor i = Tensor.zeros(device, DType.I32, 5);
    assertThrows(DTypeException.class, () -> device.copy(a.storage(), 0, i.storage(), 0, 1));
  }

  @Test
  void wrongRangesTypesAndDevicesAreRefused() {
    Storage s = Tensor.zeros(device, DType.F32, 4).storage();
    float[] f = new float[4];
    assertThrows(ShapeException.class, () -> device.upload(f, 0, s, 1, 4));
    assertThrows(ShapeException.class, () -> device.upload(f, 0, s, -1, 1));
    assertThrows(ShapeException.class, () -> device.upload(f, 0, s, 0, -1));
    assertThrows(ShapeException.class, () -> device.upload(f, 1, s, 0, 4));
    assertThrows(ShapeException.class, () -> device.download(s, 0, f, -1, 2));
    DTypeException e =
        assertThrows(DTypeException.class, () -> device.upload(new double[4], 0, s, 0, 4));
    assertTrue(e.getMessage().contains("double[]"), e.getMessage());
    Storage foreign = Tensor.zeros(Backends.get("reference"), DType.F32, 4).storage();
    assertThrows(DeviceException.class, () -> device.download(foreign, 0, f, 0, 1));
  }

  @Test
  void aScopeGivesMemoryBackAndUseAfterwardsIsRefused() {
    long before = device.memory().live();
    Tensor t;
    try (Scope _ = Scope.open()) {
      t = Tensor.result(device, DType.F32, Shape.of(1000));
      assertEquals(before + 4096, device.memory().live());
    }
    assertThrows(ReleasedException.class, t::toFloatArray);
    assertTrue(device.memory().peak() >= before + 4096);
  }

  @Test
  void whatNobodyRefersToMakesRoom() {
    device.limit(device.memory().live() + (64 << 20));
    try {
      for (int i = 0; i < 12; i++) {
        Tensor.owned(device, DType.F32, Shape.of(4 << 20));
      }
      assertThrows(
          MemoryException.class, () -> Tensor.owned(device, DType.F32, Shape.of(32 << 20)));
    } finally {
      device.limit(Long.MAX_VALUE);
    }
    assertEquals(Long.MAX_VALUE, device.limit());
  }

  @Test
  void moreThanTheGpuHasIsRefusedWithWhoHoldsWhat() {
    MemoryException e =
        assertThrows(
            MemoryException.class,
            () -> Tensor.owned(device, DType.F32, Shape.of(Integer.MAX_VALUE)));
    String message = e.getMessage();
    assertTrue(message.contains("size is 2147483647 x float32 (8192.0 MiB)"), message);
    assertTrue(message.contains(" of 4096.0 MiB are free, other programs hold 0.0 MiB"), message);
    assertTrue(message.contains(" in parameters, state and data, "), message);
    assertTrue(message.endsWith("use a smaller batch"), message);
  }

  @Test
  void aDriverThatIsTooOldIsRefused() {
    Cuda.requireDriver(11040);
    DeviceException e = assertThrows(DeviceException.class, () -> Cuda.requireDriver(11010));
    assertEquals(
        "cuda: the NVIDIA driver is for CUDA 11.1; update it to 470 or later, which is for CUDA"
            + " 11.4",
        e.getMessage());
  }

  @Test
  void aListenerMayRefuse() {
    List<Integer> sizes = new ArrayList<>();
    assertNull(
        device.listener(
            (dtype, size, temporary) -> {
              sizes.add(size);
              throw new MemoryException("allocate", "size", size, "a test wants this");
            }));
    assertThrows(MemoryException.class, () -> Tensor.zeros(device, DType.F32, 3));
    device.listener(null);
    assertEquals(List.of(3), sizes);
  }

  @Test
  void aStepThatIsRecordedHasNoValues() {
    Tensor t = Tensor.zeros(device, DType.F32, 3);
    Recorder none =
        new Recorder() {
          @Override
          public void allocated(Storage storage) {}

          @Override
          public void owned(Storage storage) {}
        };
    Context.current().recorder(none);
    try {
      assertThrows(RuntimeException.class, t::toFloatArray);
    } finally {
      Context.current().recorder(null);
    }
  }

  // ---- kernels ------------------------------------------------------------------------------

  @Test
  void familiesAreNamedByTheClassThatComputes() {
    for (Kernels.Family family : Kernels.Family.values()) {
      String name = device.kernels().implementation(family);
      assertTrue(name.startsWith("Cuda"), family + " is served by " + name);
    }
    SoftmaxKernels stand = new HostKernels().family(SoftmaxKernels.class, Kernels.Family.SOFTMAX);
    assertEquals("ReferenceSoftmax", HostKernels.name(stand));
    assertEquals(stand, stand);
    assertEquals(stand.hashCode(), stand.hashCode());
  }

  @Test
  void entriesAreFoundOnceAndMissedByName() {
    assertSame(device.kernel("unary.ptx", "exp_f32"), device.kernel("unary.ptx", "exp_f32"));
    PtxException e =
        assertThrows(PtxException.class, () -> device.kernel("unary.ptx", "no_such_f32"));
    assertTrue(e.getMessage().contains("no_such_f32"), e.getMessage());
  }

  @Test
  void aWrongLaunchIsAFaultThatNamesTheKernel() {
    Tensor t = Tensor.zeros(device, DType.F32, 8);
    PtxFault e =
        assertThrows(
            PtxFault.class,
            () ->
                device
                    .launch()
                    .tensor(t)
                    .integer(8)
                    .run(device.kernel("unary.ptx", "exp_f32"), Geometry.of(1, 32)));
    assertEquals(PtxFault.Kind.LAUNCH, e.kind());
    assertTrue(e.getMessage().contains("exp_f32"), e.getMessage());
  }

  @Test
  void aKernelOfTheUsersMakesADevice() {
    Backend mine =
        device.with(
            new UserKernel() {
              @Override
              public String name() {
                return "mine";
              }

              @Override
              public String op() {
                return "softmax";
              }

              @Override
              public Kernels over(Kernels kernels) {
                return new ForwardingKernels(kernels) {
                  @Override
                  public SoftmaxKernels softmax() {
                    return Backends.get("reference").kernels().softmax();
                  }
                };
              }
            });
    assertEquals("sim+mine", mine.name());
  }
}
