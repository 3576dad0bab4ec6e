import { Directive, directive, PartType, type ElementPart, type PartInfo } from 'lit-html/directive.js';
import { noChange } from 'lit-html';

class Properties extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) {
      throw new Error('css() stands in an element, not in an attribute.');
    }
  }

  render(_values: Record<string, string>): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [values]: [Record<string, string>]): typeof noChange {
    const { style } = part.element as HTMLElement;
    for (const [name, value] of Object.entries(values)) {
      if (style.getPropertyValue(name) !== value) {
        style.setProperty(name, value);
      }
    }
    return noChange;
  }
}

/** Sets CSS properties by script: the content security policy forbids style attributes. */
export const css = directive(Properties);
