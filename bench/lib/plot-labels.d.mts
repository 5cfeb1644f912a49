/** A place in a picture, in pixels from its upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export function placeLabels(
  labels: readonly (Place & { readonly text: string })[],
  symbols: readonly (Place & { readonly size: number })[],
  area: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): Place[];
