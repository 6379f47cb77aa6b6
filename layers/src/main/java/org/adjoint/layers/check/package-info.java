/** Layers beside what PyTorch computed of them: {@code ./adjoint check --layers}. */
@NullMarked
package org.adjoint.layers.check;

import org.jspecify.annotations.NullMarked;
