package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.kernels.reference.ReferenceKernels;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.HeapDevice;
import org.junit.jupiter.api.Test;

class BackendsTest {
  @Test
  void theReferenceIsFound() {
    Backend reference = Backends.get("reference");
    assertInstanceOf(ReferenceBackend.class, reference);
    assertSame(reference, Backends.get("reference"));
    assertEquals("reference", reference.name());
    assertTrue(reference.description().contains("double"));
    assertTrue(Backends.providers().stream().anyMatch(p -> p.name().equals("reference")));
    assertTrue(Backends.fastest().name().length() > 0);
    assertSame(reference.kernels(), Backends.kernels(reference));
  }

  @Test
  void unknownDevicesAreNamedWithTheKnown() {
    DeviceException e = assertThrows(DeviceException.class, () -> Backends.get("abacus"));
    assertTrue(e.getMessage().contains("abacus"));
    assertTrue(e.getMessage().contains("reference"));
  }

  @Test
  void aDeviceThatIsNotAvailableSaysWhyAndTheNextIsTheFastest() {
    BackendProvider absent =
        new BackendProvider() {
          @Override
          public String name() {
            return "abacus";
          }

          @Override
          public int priority() {
            return 99;
          }

          @Override
          public Availability availability() {
            return new Unavailable("a bead is missing", "find it");
          }

          @Override
          public Backend backend() {
            throw new AssertionError("it is not available");
          }
        };
    DeviceException e =
        assertThrows(DeviceException.class, () -> Backends.get(List.of(absent), "abacus"));
    assertTrue(e.getMessage().contains("a bead is missing; find it"), e.getMessage());
    assertEquals("abacus", e.value());
    e = assertThrows(DeviceException.class, () -> Backends.fastest(List.of(absent)));
    assertTrue(e.getMessage().contains("adjoint-cpu-backend"), e.getMessage());
    List<BackendProvider> all = new ArrayList<>(List.of(absent));
    all.addAll(Backends.providers());
    assertSame(Backends.fastest(), Backends.fastest(all));
  }

  @Test
  void devicesOfOneKindAreNumbered() {
    assertSame(Backends.get("reference"), Backends.get("reference:0"));
    assertSame(Backends.provider("reference"), Backends.provider("reference:7"));
    for (String name : List.of("reference:1", "reference:", "reference:-1", "reference:12345")) {
      DeviceException e = assertThrows(DeviceException.class, () -> Backends.get(name));
      assertTrue(e.getMessage().contains(name), e.getMessage());
      assertTrue(e.getMessage().contains("reference"), e.getMessage());
    }
  }

  @Test
  void aDeviceOfMemoryAloneHasNoKernels() {
    HeapDevice memory = new HeapDevice("memory") {};
    DeviceException e = assertThrows(DeviceException.class, () -> Backends.kernels(memory));
    assertTrue(e.getMessage().contains("memory"));
  }

  @Test
  void familiesNameTheirClass() {
    Kernels kernels = new ReferenceKernels();
    for (Kernels.Family family : Kernels.Family.values()) {
      assertTrue(kernels.implementation(family).startsWith("Reference"), family.name());
    }
  }
}
