package org.adjoint.tensor;

/** A heap device of its own for every test, so that readings of its memory are not disturbed. */
final class TestDevice extends HeapDevice {
  TestDevice() {
    super("test");
  }
}
