import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pictures.css';
import { App } from './app.js';

const root = document.querySelector<HTMLElement>('#app');
if (root === null) {
  throw new Error('The page has no place for the dashboard.');
}
void new App(root).start();
