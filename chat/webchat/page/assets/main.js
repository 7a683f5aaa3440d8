// The page's parts, each listening to the model; then the first person speaks.
import './stream.js';
import './talk.js';
import './composer.js';
import './sidebar.js';
import './guide.js';
import { goToSaved } from './model.js';

addEventListener('hashchange', goToSaved);
goToSaved();
