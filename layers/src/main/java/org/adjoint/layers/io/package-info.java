/** Checkpoints in the safetensors format. */
@NullMarked
package org.adjoint.layers.io;

import org.jspecify.annotations.NullMarked;
