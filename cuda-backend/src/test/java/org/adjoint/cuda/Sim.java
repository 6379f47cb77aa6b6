package org.adjoint.cuda;

/** The simulated GPU that the tests share. */
final class Sim {
  static final SimulatedDriver DRIVER = new SimulatedDriver();
  static final CudaBackend DEVICE = new CudaBackend("sim", DRIVER);

  private Sim() {}
}
