package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After every test: what was allocated on {@link Sim#DEVICE} was freed, is lent or waits. */
public final class LeakCheck implements AfterEachCallback {
  /** Creates the check, as {@link java.util.ServiceLoader} does for every test of this module. */
  public LeakCheck() {}

  @Override
  public void afterEach(ExtensionContext context) {
    check(Sim.DEVICE, Sim.DRIVER);
  }

  static void check(CudaDevice device, CudaDriver driver) {
    // The cleaner's thread may be giving back meanwhile: both must be read in one state.
    CudaPool.Books books;
    long held;
    do {
      books = device.books();
      held = driver.info().bytes() - driver.freeBytes();
    } while (!books.equals(device.books()));
    assertTrue(books.balance(), books::toString);
    assertEquals(held, books.live() + books.waiting(), books::toString);
  }
}
