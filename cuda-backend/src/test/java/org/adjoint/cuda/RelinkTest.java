package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.DeviceException;
import org.junit.jupiter.api.Test;

/** On the library as the natives jar has it. */
class RelinkTest {
  private static final String OLD = "libcublas.so.12";
  private static final String NEW = "libcublas.so.13";

  @Test
  void theCopyAsksForTheNewLibraryAndNothingElseChanges() throws Exception {
    byte[] library = Natives.resource(Relink.LIBRARY);
    byte[] before = library.clone();
    byte[] copy = Relink.forCuda13(library);
    assertArrayEquals(before, library, "the input is left alone");
    List<String> needed = Relink.needed(library);
    assertTrue(needed.contains(OLD), needed::toString);
    List<String> wanted = new ArrayList<>(needed);
    wanted.replaceAll(n -> n.equals(OLD) ? NEW : n);
    assertEquals(wanted, Relink.needed(copy));
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] != library[i]) {
        changed.add(copy[i] - library[i]);
      }
    }
    // One digit in the string that the needed library and its version share, one in their hash.
    assertEquals(List.of(1, 1), changed);
  }

  @Test
  void theHashIsThatOfTheAbi() {
    assertEquals(0x0ef62132, Relink.hash(OLD));
    assertEquals(0x0ef62133, Relink.hash(NEW));
  }

  @Test
  void anyOtherFileIsRefused() throws Exception {
    byte[] library = Natives.resource(Relink.LIBRARY);
    library[library.length / 2]++;
    DeviceException e = assertThrows(DeviceException.class, () -> Relink.forCuda13(library));
    assertTrue(e.getMessage().contains("of checksum "), e.getMessage());
    assertTrue(e.getMessage().contains("-Dadjoint.cuda.relink"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"));
  }
}
