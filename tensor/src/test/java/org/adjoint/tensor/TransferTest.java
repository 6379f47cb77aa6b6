package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Copies between Java arrays and buffers, and what is refused. */
class TransferTest {
  private final TestDevice device = new TestDevice();

  @Test
  void copiesRanges() {
    Tensor a = Tensor.of(device, new int[] {1, 2, 3, 4}, 4);
    Tensor b = Tensor.zeros(device, DType.I32, 4);
    device.copy(a.storage(), 1, b.storage(), 0, 3);
    assertArrayEquals(new int[] {2, 3, 4, 0}, b.toIntArray());
    device.upload(new int[] {8, 9}, 1, b.storage(), 3, 1);
    assertArrayEquals(new int[] {2, 3, 4, 9}, b.toIntArray());
  }

  /** A device that only counts what it is given: 2³¹ − 1 elements need no memory. */
  private static final class Counting implements Device {
    private long uploaded;

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Storage allocate(DType dtype, int size, boolean temporary) {
      return new Storage(this, dtype, size) {};
    }

    @Override
    public void recycle(Storage storage) {}

    @Override
    public void upload(Object array, int from, Storage target, int to, int count) {
      assertEquals(uploaded, to);
      uploaded += count;
    }

    @Override
    public void download(Storage source, int from, Object array, int to, int count) {}

    @Override
    public void copy(Storage source, int from, Storage target, int to, int count) {}

    @Override
    public MemoryUse memory() {
      return new MemoryUse(0, 0, 0);
    }
  }

  @Test
  void theLargestTensorOfZerosIsFilledOnce() {
    Counting counting = new Counting();
    assertEquals(Integer.MAX_VALUE, Tensor.zeros(counting, DType.I32, Integer.MAX_VALUE).size());
    assertEquals(Integer.MAX_VALUE, counting.uploaded);
  }

  @Test
  void transfersOutsideABufferAreRefused() {
    Storage s;
    try (Scope scope = Scope.open()) {
      // The pool's array is longer than the buffer; that must not make it larger.
      Storage pooled = Tensor.result(device, DType.F32, Shape.of(3)).storage();
      ShapeException e =
          assertThrows(ShapeException.class, () -> device.upload(new float[4], 0, pooled, 0, 4));
      assertEquals("upload: range is 0 to 4; the storage has 3 elements", e.getMessage());
      assertEquals(1, scope.size());
    }
    s = Tensor.zeros(device, DType.F32, 3).storage();
    assertThrows(ShapeException.class, () -> device.download(s, -1, new float[4], 0, 1));
    assertThrows(ShapeException.class, () -> device.download(s, 0, new float[4], 0, -1));
    assertThrows(ShapeException.class, () -> device.copy(s, 0, s, 1, 3));
    assertThrows(
        ShapeException.class, () -> device.download(s, 3, new float[4], 0, Integer.MAX_VALUE));
    ShapeException e =
        assertThrows(ShapeException.class, () -> device.download(s, 0, new float[2], 0, 3));
    assertTrue(e.getMessage().contains("the Java array must hold all elements"));
  }

  @Test
  void transfersOfAnotherTypeAreRefused() {
    Storage s = Tensor.zeros(device, DType.F32, 3).storage();
    DTypeException e =
        assertThrows(DTypeException.class, () -> device.upload(new double[3], 0, s, 0, 3));
    assertEquals(
        "upload: array is double[]; the storage is float32 and needs float[]", e.getMessage());
    Storage i = Tensor.zeros(device, DType.I32, 3).storage();
    assertThrows(DTypeException.class, () -> device.copy(s, 0, i, 0, 3));
    e = assertThrows(DTypeException.class, ((HeapStorage) s)::ints);
    assertEquals("tensor: dtype is float32; this access needs int32", e.getMessage());
    assertThrows(DTypeException.class, ((HeapStorage) s)::doubles);
    assertThrows(DTypeException.class, ((HeapStorage) i)::floats);
    assertEquals(3, ((HeapStorage) Tensor.zeros(device, DType.F64, 3).storage()).doubles().length);
    assertEquals(3, ((HeapStorage) i).ints().length);
  }

  @Test
  void transfersOfAnotherDevicesBufferAreRefused() {
    Storage s = Tensor.zeros(new TestDevice(), DType.F32, 3).storage();
    DeviceException e =
        assertThrows(DeviceException.class, () -> device.download(s, 0, new float[3], 0, 3));
    assertEquals(
        "download: storage is on test; this is device test; use Tensor.to", e.getMessage());
  }
}
