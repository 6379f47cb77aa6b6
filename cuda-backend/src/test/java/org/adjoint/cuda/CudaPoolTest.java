package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.MemoryException;
import org.junit.jupiter.api.Test;

class CudaPoolTest {
  /** A GPU of a mebibyte, of which nothing but memory is asked. */
  private static final class Small implements CudaDriver {
    static final long BYTES = 1 << 20;
    private final Map<Long, Long> sizes = new HashMap<>();
    private long next = 256;
    private long used;

    @Override
    public GpuInfo info() {
      return new GpuInfo("small", 7, 0, 1, BYTES, 12000);
    }

    @Override
    public long freeBytes() {
      return BYTES - used;
    }

    @Override
    public long allocate(long bytes) {
      if (used + bytes > BYTES) {
        return 0;
      }
      used += bytes;
      next += bytes;
      sizes.put(next - bytes, bytes);
      return next - bytes;
    }

    @Override
    public void free(long address) {
      Long bytes = sizes.remove(address);
      assertNotNull(bytes, "it was not lent");
      used -= bytes;
    }

    @Override
    public boolean isCareful() {
      return false;
    }

    @Override
    public MemorySegment pinned(long bytes) {
      throw new AssertionError();
    }

    @Override
    public Module load(PtxSource text) {
      throw new AssertionError();
    }

    @Override
    public void enter() {
      throw new AssertionError();
    }

    @Override
    public Stream stream() {
      throw new AssertionError();
    }

    @Override
    public Event event() {
      throw new AssertionError();
    }
  }

  private final Small driver = new Small();
  private final CudaPool pool = new CudaPool(driver);

  @Test
  void classesHoldWhatIsAskedAndAQuarterMoreAtMost() {
    assertEquals(256, CudaPool.capacity(0));
    assertEquals(256, CudaPool.capacity(1));
    assertEquals(256, CudaPool.capacity(256));
    assertEquals(512, CudaPool.capacity(257));
    for (long bytes = 1; bytes < 1L << 40; bytes += 1 + bytes / 7) {
      long capacity = CudaPool.capacity(bytes);
      assertTrue(capacity >= bytes, "" + bytes);
      assertEquals(0, capacity % 256, "" + bytes);
      assertEquals(capacity, CudaPool.capacity(capacity), "" + bytes);
      if (bytes > 8192) {
        assertTrue(capacity <= bytes + bytes / 4, bytes + " takes " + capacity);
      }
    }
  }

  @Test
  void temporariesWaitForTheNextOfTheirClass() {
    CudaPool.Block first = pool.take(1000, true, "x");
    assertEquals(1024, first.bytes());
    pool.give(first);
    assertEquals(new CudaPool.Books(1024, 0, 0, 1024), pool.books());
    assertSame(first, pool.take(900, true, "x"));
    CudaPool.Block other = pool.take(900, true, "x");
    assertNotEquals(first, other);
    assertEquals(2048, pool.use().live());
    assertEquals(2048, pool.use().peak());
    pool.give(first);
    pool.give(other);
    assertEquals(2048, pool.use().pooled());
    pool.trim();
    assertEquals(new CudaPool.Books(2048, 2048, 0, 0), pool.books());
    assertTrue(pool.books().balance());
    assertEquals(Small.BYTES, driver.freeBytes());
  }

  @Test
  void whatIsKeptIsFreedAtOnce() {
    CudaPool.Block block = pool.take(5000, false, "x");
    assertTrue(pool.books().balance());
    pool.give(block);
    assertEquals(block.bytes(), pool.books().freed());
    assertEquals(0, pool.books().waiting());
  }

  @Test
  void blocksThatWaitMakeRoom() {
    CudaPool.Block large = pool.take(768 << 10, true, "x");
    pool.give(large);
    CudaPool.Block other = pool.take(512 << 10, true, "x");
    assertEquals(0, pool.books().waiting());
    assertEquals(512 << 10, other.bytes());
  }

  @Test
  void aFullGpuSaysWhoHoldsWhat() {
    pool.take(512 << 10, false, "weights");
    pool.take(128 << 10, true, "x");
    MemoryException e =
        assertThrows(MemoryException.class, () -> pool.take(600 << 10, true, "150000 x float32"));
    assertEquals(
        "allocate: size is 150000 x float32 (0.6 MiB); 0.4 MiB of 1.0 MiB are free, other programs"
            + " hold 0.0 MiB, this one holds 0.1 MiB in temporaries and 0.5 MiB in parameters,"
            + " state and data, 2 buffers in all; use a smaller batch",
        e.getMessage());
  }

  @Test
  void theLimitIsKept() {
    assertEquals(Long.MAX_VALUE, pool.limit());
    CudaPool.Block block = pool.take(4096, true, "x");
    pool.give(block);
    pool.limit(2048);
    assertEquals(0, pool.books().waiting());
    MemoryException e = assertThrows(MemoryException.class, () -> pool.take(4096, true, "x"));
    assertTrue(e.getMessage().contains("the limit is 0.0 MiB"), e.getMessage());
    pool.take(1024, true, "x");
    assertThrows(ArgumentException.class, () -> pool.limit(-1));
  }
}
