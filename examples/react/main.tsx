import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Orders } from './orders.tsx';

const root = document.querySelector('#root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <Orders />
    </StrictMode>,
  );
