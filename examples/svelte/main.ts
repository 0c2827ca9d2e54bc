import 'curfew/element';
import { mount } from 'svelte';
import Orders from './orders.svelte';

const target = document.querySelector('#root');
if (target) mount(Orders, { target });
