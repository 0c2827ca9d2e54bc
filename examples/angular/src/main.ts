import 'curfew/element';
import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Orders } from './orders';

bootstrapApplication(Orders, { providers: [provideZonelessChangeDetection()] }).catch(console.error);
